// SPDX-License-Identifier: Apache-2.0

// Command pod-stub is what runs the pods of Argo Workflows in one namespace,
// as far as the API server can tell: the kubelet, which says that they run and
// that they have succeeded; the executor in them, which reports its results;
// and whoever deletes some of them as soon as they have ended.  No container
// is run.  It is for tests with an API server whose data nobody needs.
//
// It says "ready" when it watches, then how far it is, and when it is told to
// end it writes what became of each pod, as ledger.go has it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	workflowLabel = "workflows.argoproj.io/workflow"
	progressEvery = 2 * time.Second
)

// A plan is what the command line says of how pods live.
type plan struct {
	shortest, longest time.Duration
	deleteShare       uint // per cent of the pods
	deleteAfter       time.Duration
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the server; its user may "+
		"impersonate")
	contextName := flag.String("context", "", "another than the current one")
	namespace := flag.String("namespace", "", "whose pods")
	ledgerFile := flag.String("ledger", "", "what became of them, as JSON")
	var p plan
	flag.DurationVar(&p.shortest, "shortest", 3*time.Second,
		"how long a pod runs, at least")
	flag.DurationVar(&p.longest, "longest", 10*time.Second, "… at most")
	flag.UintVar(&p.deleteShare, "delete-share", 0,
		"per cent of the pods that somebody deletes once they have ended")
	flag.DurationVar(&p.deleteAfter, "delete-after", time.Second,
		"how long after their end")
	flag.Parse()
	if err := run(*kubeconfig, *contextName, *namespace, *ledgerFile,
		p); err != nil {
		fmt.Fprintln(os.Stderr, "pod-stub:", err)
		os.Exit(1)
	}
}

// as is a client for somebody in particular: each has a level of its own at
// the API server.
func as(config *rest.Config, user string, groups ...string) (
	*kubernetes.Clientset, error) {
	own := rest.CopyConfig(config)
	own.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: groups}
	return kubernetes.NewForConfig(own)
}

func run(kubeconfig, contextName, namespace, ledgerFile string, p plan) error {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: kubeconfig},
		&clientcmd.ConfigOverrides{CurrentContext: contextName}).ClientConfig()
	if err != nil {
		return err
	}
	config.QPS = -1
	s := &stub{namespace: namespace, plan: p, ledger: newLedger()}
	if s.kubelet, err = as(config, "system:node:pod-stub",
		"system:nodes"); err != nil {
		return err
	}
	accounts := "system:serviceaccounts"
	if s.executor, err = as(config,
		"system:serviceaccount:"+namespace+":executor", accounts,
		accounts+":"+namespace); err != nil {
		return err
	}
	if s.collector, err = as(config,
		"system:serviceaccount:kube-system:pod-garbage-collector", accounts,
		accounts+":kube-system"); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt,
		syscall.SIGTERM)
	defer stop()

	factory := informers.NewSharedInformerFactoryWithOptions(s.kubelet, 0,
		informers.WithNamespace(namespace),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) {
			o.LabelSelector = workflowLabel
		}))
	pods := factory.Core().V1().Pods().Informer()
	_, err = pods.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) {
			s.see(ctx, object.(*corev1.Pod))
		},
		UpdateFunc: func(_, object any) {
			s.see(ctx, object.(*corev1.Pod))
		},
		DeleteFunc: func(object any) {
			if last, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = last.Obj
			}
			s.ledger.gone(object.(*corev1.Pod))
		},
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), pods.HasSynced) {
		return ctx.Err()
	}
	fmt.Println("ready")
	for tick := time.NewTicker(progressEvery); ctx.Err() == nil; {
		select {
		case <-tick.C:
			fmt.Println(s.ledger.progress())
		case <-ctx.Done():
		}
	}
	return s.ledger.write(ledgerFile)
}
