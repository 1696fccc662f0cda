package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

// keepLists is S1's flood alone, for a controller that is not ours: it makes
// the corpus, keeps n wide LISTs under way until it is told to end, and says
// what became of them.
func keepLists(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("flood lists", flag.ContinueOnError)
	direct := f.String("direct", "", "kubeconfig of the API server: whose "+
		"--setup-context makes the corpus")
	to := f.String("to", "", "kubeconfig that the LISTs go through; "+
		"default: --direct")
	identity := f.String("context", "argo", "whose LISTs they are")
	maker := f.String("setup-context", "argo", "who makes the corpus")
	ns := f.String("namespace", "", "where; default: the context's")
	n := f.Int("lists", wideLists, "how many at a time")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *direct == "" {
		return errors.New("--direct is needed")
	}
	if *to == "" {
		*to = *direct
	}
	setup, err := loadTarget(*direct, *maker)
	if err != nil {
		return err
	}
	through, err := loadTarget(*to, *identity)
	if err != nil {
		return err
	}
	if *ns == "" {
		*ns = setup.namespace
	}
	first := newClient(setup)
	if err := makeCorpus(ctx, first, *ns); err != nil {
		return err
	}
	c := newClient(through)
	w := newWindow(ctx)
	r := w.lists(c, *ns, *n)
	fmt.Fprintln(os.Stdout, "ready")
	<-ctx.Done()
	sum := r.close()
	w.close()
	fmt.Fprintf(os.Stdout, "lists=%d failed=%d p50_ms=%s max_ms=%s "+
		"answers_429=%d\n", sum.done, sum.failed,
		number(sum.quantile(0.5)), number(sum.max()),
		c.throttled.Load())
	late, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return putAway(late, first, *ns, corpus)
}
