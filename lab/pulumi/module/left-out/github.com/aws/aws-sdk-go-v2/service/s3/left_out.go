// Package s3 has the one type that the backend looks for in what a store of S3's would pass it.
package s3

// CopyObjectInput is never made.
type CopyObjectInput struct {
	CopySource *string
}
