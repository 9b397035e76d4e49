"""Companies, people and who may do what: memberships, roles, sessions, addresses. It refuses to know what is traded.

The one thing that it asks of a room above, by the job's name: `vendors.open_application`, when a company wants to sell.
"""
