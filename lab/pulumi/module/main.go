// The lab's pulumi: the engine and those commands that the lab and the Automation API call, of the very packages of
// which the released command is made.
//
// What the lab never uses, and what takes more than half of the time to compile, is left out: stores of state and of
// keys in clouds, and commands about Pulumi's own service. The folder left-out has what stands in their places.
package main

import (
	"io"
	"log"
	"os"

	"github.com/pulumi/pulumi/pkg/v3/backend"
	"github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/cancel"
	"github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/cmd"
	"github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/config"
	"github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/operations"
	"github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/stack"
	commandversion "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/version"
	"github.com/pulumi/pulumi/pkg/v3/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	"github.com/spf13/cobra"
)

// globals are the flags that every command has.
type globals struct {
	cwd         string
	color       string
	verbose     int
	logFlow     bool
	logToStderr bool
}

func main() {
	root := newRoot()
	err := root.Execute()
	logging.Flush()
	if err != nil {
		cmd.DisplayErrorMessage(root.Context(), err, root.ErrOrStderr())
		os.Exit(cmd.ExitCodeFor(err))
	}
}

func newRoot() *cobra.Command {
	given := &globals{}
	root := &cobra.Command{
		Use:               "pulumi",
		Short:             "Pulumi's engine with local state, as Palisade's lab builds it",
		Version:           version.Version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return given.apply() },
	}
	given.declare(root)
	root.AddCommand(
		operations.NewPreviewCmd(),
		operations.NewUpCmd(),
		operations.NewRefreshCmd(),
		operations.NewDestroyCmd(),
		stack.NewStackCmd(),
		config.NewConfigCmd(workspace.Instance),
		cancel.NewCancelCmd(workspace.Instance),
		commandversion.NewVersionCmd(),
	)
	return root
}

// declare has the flags as pulumi(1) has them, as far as they concern what is here.
func (given *globals) declare(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVarP(&given.cwd, "cwd", "C", "", "Run as if started in another directory")
	flags.StringVar(&given.color, "color", "auto", "Colorize output: always, never, raw, auto")
	flags.IntVarP(&given.verbose, "verbose", "v", 0, "Log verbosely; from 11 on the log has secrets")
	flags.BoolVar(&given.logFlow, "logflow", false, "Have plugins log as this process does")
	flags.BoolVar(&given.logToStderr, "logtostderr", false, "Log to standard error instead of to files")
	flags.BoolVar(&cmdutil.DisableInteractive, "non-interactive", false, "Never ask")
	flags.BoolVar(&backend.DisableIntegrityChecking, "disable-integrity-checking", false, "Don't check checkpoint files")
	flags.BoolVarP(&cmdutil.FullyQualifyStackNames, "fully-qualify-stack-names", "Q", false, "Show full names of stacks")
	flags.BoolVarP(&cmdutil.Emoji, "emoji", "e", false, "Enable emojis in the output")
}

func (given *globals) apply() error {
	if err := cmdutil.SetGlobalColorization(given.color); err != nil {
		return err
	}
	if given.cwd != "" {
		if err := os.Chdir(given.cwd); err != nil {
			return err
		}
	}
	logging.InitLogging(given.logToStderr, given.verbose, given.logFlow)
	// The store of state logs to standard output otherwise, where --json has its document.
	log.SetOutput(io.Discard)
	return nil
}
