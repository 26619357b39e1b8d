// Package s3blob has nothing: the lab keeps its state in files.
package s3blob
