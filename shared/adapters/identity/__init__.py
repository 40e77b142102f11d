"""Who we are to Microsoft, and how we know that it is Microsoft who speaks."""
