// Package cli refuses: environments are a service's.
package cli

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/esc"
)

// PrepareOptions say how.
type PrepareOptions struct {
	Pretend bool
	Redact  bool
}

// PrepareEnvironment always fails.
func PrepareEnvironment(*esc.Environment, *PrepareOptions) (
	files, environ, secrets []string, filesByKey map[string]string, err error,
) {
	return nil, nil, nil, nil, errors.New("this pulumi has no environments of a service")
}
