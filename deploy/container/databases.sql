-- Keys are kept apart from what they open.
CREATE DATABASE dsr_keys;
