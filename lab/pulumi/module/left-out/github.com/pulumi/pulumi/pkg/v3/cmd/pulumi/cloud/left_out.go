// Package cloud has the error of a command that is not here.
package cloud

// APIError is never made.
type APIError struct {
	Silent   bool
	ExitCode int
}

func (*APIError) Error() string { return "" }
