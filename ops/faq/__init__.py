"""Tables of questions and answers: QnA Maker's and FAQ Plus' exports, and what people keep in spreadsheets."""
