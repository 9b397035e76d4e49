"""Finding things: index documents, query plans, the engines that answer them, and the pages that show the answers.

Owns the index and its versions, never the truth: every document can be made again from the database. Refuses to answer
without a visibility filter, to read a vendor's state from the index (it is joined live), and to stay silent when it is down.
"""
