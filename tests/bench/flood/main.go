// Command flood is the load behind scenarios S1 to S6: it floods a real API
// server directly and through Fairway in alternation, as client-go and Argo
// Workflows would, and prints what became of the finalizer removals.
// See ../README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A bench is what the command line says, ready to use.
type bench struct {
	direct, via, fifo *target
	around            *target // S3: the storm's identity
	setup             *client // makes and removes what the legs need
	ns, otherNs       string
	rounds            int
	window            time.Duration // 0: as the scenario has it
	pid, proxyPid     int
	auditLog          string
	levelsOn          string // shell commands: the API server's levels
	levelsOff         string
	hasLevels         bool   // … has them now
	stamp             string // tells this run's objects from others'
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(2)
		}
		fmt.Fprintln(os.Stderr, "flood:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	all := scenarios()
	if len(args) == 0 {
		return fmt.Errorf("usage: flood SCENARIO [flags]; scenarios: %s; "+
			"or flood lists [flags]", names(all))
	}
	ctx, stop := signal.NotifyContext(context.Background(),
		os.Interrupt, syscall.SIGTERM)
	defer stop()
	if args[0] == "lists" {
		return keepLists(ctx, args[1:])
	}
	for i := range all {
		if all[i].name != args[0] {
			continue
		}
		b, err := parse(args[1:])
		if err != nil {
			return err
		}
		return all[i].play(ctx, b)
	}
	return fmt.Errorf("no scenario %q; there are %s", args[0], names(all))
}

func names(all []scenario) string {
	var list []string
	for i := range all {
		list = append(list, all[i].name)
	}
	return strings.Join(list, " ")
}

func parse(args []string) (*bench, error) {
	b := &bench{stamp: strconv.FormatInt(time.Now().Unix(), 36)}
	f := flag.NewFlagSet("flood", flag.ContinueOnError)
	direct := f.String("direct", "", "kubeconfig of the API server")
	via := f.String("via", "", "kubeconfig that Fairway wrote; "+
		"without it only the direct legs run")
	fifo := f.String("fifo", "", "s6: kubeconfig of a proxy that serves "+
		"in order of arrival")
	context := f.String("context", "argo", "whose load it is")
	setup := f.String("setup-context", "argo", "who prepares objects; not "+
		"an admin: the exempt level takes seats from all others")
	around := f.String("around-context", "noisy", "s3: whose storm it is")
	f.StringVar(&b.ns, "namespace", "", "default: the context's")
	f.StringVar(&b.otherNs, "other-namespace", "noisy",
		"s6: the light flow's")
	f.IntVar(&b.rounds, "rounds", 3, "how often each leg runs")
	f.DurationVar(&b.window, "window", 0,
		"how long a leg is measured; default: the scenario's")
	f.IntVar(&b.pid, "pid", 0, "the API server's process")
	f.IntVar(&b.proxyPid, "proxy-pid", 0, "Fairway's process")
	f.StringVar(&b.auditLog, "audit-log", "",
		"s4all: the API server's audit log")
	f.StringVar(&b.levelsOn, "levels-on", "", "shell command that gives "+
		"the API server levels for this load; adds legs that have them")
	f.StringVar(&b.levelsOff, "levels-off", "", "… takes them away")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if *direct == "" {
		return nil, errors.New("--direct is needed")
	}
	maker, err := loadTarget(*direct, *setup)
	if err != nil {
		return nil, err
	}
	b.setup = newClient(maker)
	for _, t := range []struct {
		to            **target
		path, context string
	}{
		{&b.direct, *direct, *context},
		{&b.around, *direct, *around},
		{&b.via, *via, *context},
		{&b.fifo, *fifo, *context},
	} {
		if t.path == "" {
			continue
		}
		if *t.to, err = loadTarget(t.path, t.context); err != nil {
			return nil, err
		}
	}
	if b.ns == "" {
		b.ns = b.direct.namespace
	}
	if b.ns == "" {
		return nil, errors.New("the context has no namespace; " +
			"give --namespace")
	}
	return b, nil
}

// legs are in the order in which a round runs them.
func (b *bench) legs(alone bool) []leg {
	ways := []leg{{name: "direct", to: b.direct}}
	if b.fifo != nil {
		ways = append(ways, leg{name: "fifo", to: b.fifo})
	}
	if b.via != nil {
		ways = append(ways, leg{name: "via", to: b.via,
			through: true})
	}
	if b.levelsOn != "" {
		ways = append(ways, leg{name: "apf", to: b.direct,
			levels: true})
		if b.via != nil {
			ways = append(ways, leg{name: "both", to: b.via,
				through: true, levels: true})
		}
	}
	var legs []leg
	for _, l := range ways {
		if alone && l.name != "fifo" && !l.levels {
			l.name, l.alone = "alone "+l.name, true
			legs = append(legs, l)
		}
	}
	return append(legs, ways...)
}

// setLevels makes the API server's levels as the leg wants them.
func (b *bench) setLevels(ctx context.Context, l leg) error {
	if b.levelsOn == "" || l.levels == b.hasLevels {
		return nil
	}
	command := b.levelsOff
	if l.levels {
		command = b.levelsOn
	}
	shell := exec.CommandContext(ctx, "sh", "-c", command)
	shell.Stderr = os.Stderr
	if err := shell.Run(); err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	b.hasLevels = l.levels
	return nil
}

// length is how long to measure.
func (b *bench) length(usual time.Duration) time.Duration {
	if b.window > 0 {
		return b.window
	}
	return usual
}

// tidy removes a leg's objects, also after the run was interrupted.
func (b *bench) tidy(l leg) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, ns := range []string{b.ns, b.otherNs} {
		if err := putAway(ctx, b.setup, ns, l.id); err != nil {
			fmt.Fprintln(os.Stderr, "flood:", err)
		}
	}
}
