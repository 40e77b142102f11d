"""The store of an organisation: Azure Cosmos DB for NoSQL behind `shared.ports.Store`."""
