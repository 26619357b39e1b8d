// Package gcsblob has a name that the backend compares with: the lab keeps its state in files.
package gcsblob

// Scheme of URLs of such a store.
const Scheme = "gs"
