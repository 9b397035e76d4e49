"""What may move a hit besides its likeness to the words: facts about its vendor, a little, and room for other vendors (pure).

Both work in our own code on the first hits that an engine gives, so that every engine ranks alike. Nobody can pay for a place here.
"""
