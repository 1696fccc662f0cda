// SPDX-License-Identifier: Apache-2.0

// Command informer is a controller's cache of the config maps of a namespace.
// It says what it asks the API server for and what it is told, a line each,
// until a signal ends it.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// An asker says which requests leave, and what is answered.
type asker struct {
	next http.RoundTripper
}

// what is a LIST, or a watch that begins with one, or a watch.
func what(query url.Values) string {
	if query.Get("watch") == "" {
		return "list"
	}
	if query.Get("sendInitialEvents") == "true" {
		return "watchlist"
	}
	return "watch"
}

func (a *asker) RoundTrip(request *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(request.URL.Path, "/configmaps") {
		return a.next.RoundTrip(request)
	}
	query := request.URL.Query()
	said := fmt.Sprintf("%s from=%q", what(query),
		query.Get("resourceVersion"))
	fmt.Println("asks", said)
	answer, err := a.next.RoundTrip(request)
	if err != nil {
		fmt.Println("hears nothing of", said, err)
	} else {
		fmt.Println("hears", answer.StatusCode, "of", said)
	}
	return answer, err
}

func run(kubeconfig, namespace string) error {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: kubeconfig},
		&clientcmd.ConfigOverrides{}).ClientConfig()
	if err != nil {
		return err
	}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return &asker{next}
	})
	clients, err := kubernetes.NewForConfig(rest.CopyConfig(config))
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(clients, 0,
		informers.WithNamespace(namespace))
	informer := factory.Core().V1().ConfigMaps().Informer()
	say := func(word string) func(interface{}) {
		return func(object interface{}) {
			if gone, is := object.(cache.DeletedFinalStateUnknown); is {
				object = gone.Obj
			}
			fmt.Println(word, object.(*corev1.ConfigMap).Name)
		}
	}
	changed := say("changed")
	if _, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    say("added"),
		UpdateFunc: func(_, object interface{}) { changed(object) },
		DeleteFunc: say("deleted"),
	}); err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(),
		syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	fmt.Println("synced")
	<-ctx.Done()
	factory.Shutdown()
	return nil
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the server and who we are")
	namespace := flag.String("namespace", "argo", "whose config maps")
	flag.Parse()

	if err := run(*kubeconfig, *namespace); err != nil {
		fmt.Fprintln(os.Stderr, "clients/informer:", err)
		os.Exit(1)
	}
}
