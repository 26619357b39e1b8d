// Package postgres has nothing: the lab keeps its state in files.
package postgres
