"""The engines behind `search/index.py`: an embedded one, Elasticsearch, and a brute-force oracle for tests."""
