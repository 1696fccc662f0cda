// SPDX-License-Identifier: Apache-2.0

// Command kubelet-stub makes a Node and is its kubelet, as far as exec,
// attach, port-forward and log go: it echoes.  For tests with an API server on
// the same machine; it runs no command and listens on loopback only.
// It says "ready" when it is, and takes the Node away when it is told to end.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/retry"
	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	"k8s.io/klog/v2"
)

const (
	idle     = 5 * time.Minute
	creation = 30 * time.Second
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the server and who we are")
	context := flag.String("context", "", "another than the current one")
	name := flag.String("node", "", "the Node's name")
	flag.Parse()
	// The libraries' remarks on clients that have gone.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	if err := run(*kubeconfig, *context, *name); err != nil {
		fmt.Fprintln(os.Stderr, "kubelet-stub:", err)
		os.Exit(1)
	}
}

func run(kubeconfig, contextName, name string) error {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: kubeconfig},
		&clientcmd.ConfigOverrides{CurrentContext: contextName}).ClientConfig()
	if err != nil {
		return err
	}
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt,
		syscall.SIGTERM)
	defer stop()

	// Whom the API server calls there it does not verify, by default.
	loopback := net.IPv4(127, 0, 0, 1)
	certificate, key, err := cert.GenerateSelfSignedCertKey(name,
		[]net.IP{loopback}, nil)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return err
	}
	// HTTP/1.1 only: upgrades need it.
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{pair}})
	if err != nil {
		return err
	}
	defer listener.Close()
	go http.Serve(listener, handlers())

	nodes := clients.CoreV1().Nodes()
	if _, err = nodes.Create(ctx, &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name},
	}, metav1.CreateOptions{}); err != nil {
		return err
	}
	defer nodes.Delete(context.Background(), name, metav1.DeleteOptions{})
	// Controllers write to a new Node, too.
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		node, err := nodes.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		node.Status.Addresses = []corev1.NodeAddress{{
			Type:    corev1.NodeInternalIP,
			Address: loopback.String()}}
		node.Status.DaemonEndpoints.KubeletEndpoint.Port =
			int32(listener.Addr().(*net.TCPAddr).Port)
		_, err = nodes.UpdateStatus(ctx, node, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	<-ctx.Done()
	return nil
}

// handlers: the paths are the kubelet's.
func handlers() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}",
		func(w http.ResponseWriter, r *http.Request) {
			options, err := remotecommand.NewOptions(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			remotecommand.ServeExec(w, r, echo{}, r.PathValue("pod"), "",
				r.PathValue("container"), r.URL.Query()["command"],
				options, idle, creation,
				remotecommand.SupportedStreamingProtocols)
		})
	mux.HandleFunc("/attach/{namespace}/{pod}/{container}",
		func(w http.ResponseWriter, r *http.Request) {
			options, err := remotecommand.NewOptions(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			remotecommand.ServeAttach(w, r, echo{}, r.PathValue("pod"), "",
				r.PathValue("container"), options, idle, creation,
				remotecommand.SupportedStreamingProtocols)
		})
	mux.HandleFunc("/portForward/{namespace}/{pod}",
		func(w http.ResponseWriter, r *http.Request) {
			options, err := portforward.NewV4Options(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			portforward.ServePortForward(w, r, echo{},
				r.PathValue("pod"), "", options, idle, creation,
				portforward.SupportedProtocols)
		})
	mux.HandleFunc("/containerLogs/{namespace}/{pod}/{container}", serveLog)
	return mux
}

// serveLog says three lines; whoever follows gets more until he is gone.
func serveLog(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	flush := http.NewResponseController(w)
	follows := r.URL.Query().Get("follow") == "true"
	for i := 1; i <= 3 || follows; i++ {
		if _, err := fmt.Fprintf(w, "line %d\n", i); err != nil {
			return
		}
		if err := flush.Flush(); err != nil &&
			!errors.Is(err, http.ErrNotSupported) {
			return
		}
		if !follows {
			continue
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-r.Context().Done():
			return
		}
	}
}
