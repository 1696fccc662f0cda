// SPDX-License-Identifier: Apache-2.0

// Command go is what Go's clients do to an API server: client-go with JSON and
// with protobuf, informers, leader election, and controller-runtime.  It
// prints a transcript; ../run.py compares those of two servers.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// limit ends a run that would otherwise hang.
const limit = 3 * time.Minute

// A session is one client that talks to one server about one namespace.
type session struct {
	*transcript
	ctx       context.Context
	config    *rest.Config
	clients   *kubernetes.Clientset
	namespace string
	node      string // where pods run, so that there is something to exec in
	dialer    *dialer
}

// A dialer can cut what it connected, as a network does.
type dialer struct {
	mutex sync.Mutex
	conns []net.Conn
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn,
	error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.conns = append(d.conns, conn)
	return conn, nil
}

func (d *dialer) cut() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	for _, conn := range d.conns {
		conn.Close()
	}
	d.conns = nil
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the server and who we are")
	context := flag.String("context", "", "another than the current one")
	namespace := flag.String("namespace", "", "ours; it is made")
	node := flag.String("node", "", "where pods are put")
	protobuf := flag.Bool("protobuf", false, "rather than JSON")
	flag.Parse()

	klog.SetOutput(os.Stderr)
	if err := run(*kubeconfig, *context, *namespace, *node,
		*protobuf); err != nil {
		fmt.Fprintln(os.Stderr, "clients/go:", err)
		os.Exit(1)
	}
}

func run(kubeconfig, contextName, namespace, node string, protobuf bool) error {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: kubeconfig},
		&clientcmd.ConfigOverrides{CurrentContext: contextName}).ClientConfig()
	if err != nil {
		return err
	}
	// Fairway does the pacing.
	config.QPS = -1
	config.UserAgent = "fairway-clients"
	if protobuf {
		config.ContentType = runtime.ContentTypeProtobuf
		config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," +
			runtime.ContentTypeJSON
	} else {
		config.ContentType = runtime.ContentTypeJSON
	}

	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	s := &session{
		transcript: newTranscript(os.Stdout),
		ctx:        ctx,
		config:     config,
		clients:    clients,
		namespace:  namespace,
		node:       node,
		dialer:     &dialer{},
	}

	var created error
	s.step("create the namespace", success, func() (interface{}, error) {
		var made *corev1.Namespace
		made, created = clients.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{
			ObjectMeta: metav1.ObjectMeta{Name: namespace},
		}, metav1.CreateOptions{})
		return made, created
	})
	if created != nil {
		return created
	}
	s.discovery()
	s.objects()
	s.pods()
	s.others()
	s.errors()
	s.pages()
	s.finalizers()
	s.watches()
	s.informers()
	s.election()
	s.streams()
	s.impersonation()
	s.expired()
	s.end()
	return ctx.Err()
}
