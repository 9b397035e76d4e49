"""Companies, people and who may do what: memberships, roles, sessions, addresses. It refuses to know what is traded."""
