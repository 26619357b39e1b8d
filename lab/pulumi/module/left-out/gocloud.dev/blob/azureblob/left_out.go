// Package azureblob refuses: the lab keeps its state in files.
package azureblob

import (
	"context"
	"errors"
	"net/url"

	"gocloud.dev/blob"
)

// Scheme of URLs of such a store.
const Scheme = "azblob"

// ServiceURLOptions are none.
type ServiceURLOptions struct{}

// NewDefaultServiceURLOptions gives none.
func NewDefaultServiceURLOptions() *ServiceURLOptions { return &ServiceURLOptions{} }

// NewDefaultClient stands where a client would be made.
func NewDefaultClient() {}

// URLOpener opens nothing.
type URLOpener struct {
	MakeClient        func()
	ServiceURLOptions ServiceURLOptions
}

// OpenBucketURL always fails.
func (*URLOpener) OpenBucketURL(context.Context, *url.URL) (*blob.Bucket, error) {
	return nil, errors.New("this pulumi keeps state in files only (file://)")
}
