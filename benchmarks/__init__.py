"""What is measured and how: `make bench` (README.md beside this file). Nothing of the system imports from here.

Floors inside: options, machine, load, pgbench and bare know no tables; world, moulds and copying make the data;
requests, figures and profiling measure; the commands and ``__main__`` put them together.
"""
