-- SPDX-License-Identifier: GPL-3.0-or-later
-- A small library, to have something to ask about.
CREATE TABLE authors (
    author_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    born integer
);
CREATE TABLE books (
    book_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_id integer NOT NULL REFERENCES authors,
    title text NOT NULL,
    published integer NOT NULL
);
CREATE TABLE loans (
    loan_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    book_id integer NOT NULL REFERENCES books,
    borrower text NOT NULL,
    lent_on date NOT NULL,
    returned_on date
);
INSERT INTO authors (name, born) VALUES
    ('Mary Shelley', 1797), ('Jules Verne', 1828), ('Ada Lovelace', 1815);
INSERT INTO books (author_id, title, published) VALUES
    (1, 'Frankenstein', 1818), (1, 'The Last Man', 1826),
    (2, 'Twenty Thousand Leagues Under the Seas', 1870), (2, 'Around the World in Eighty Days', 1872),
    (3, 'Notes on the Analytical Engine', 1843);
INSERT INTO loans (book_id, borrower, lent_on, returned_on) VALUES
    (1, 'Robin', '2026-01-10', '2026-01-24'), (3, 'Kim', '2026-02-02', NULL), (5, 'Robin', '2026-02-14', NULL);
