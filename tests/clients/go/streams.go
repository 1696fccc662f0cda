// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
)

// streams: exec, attach, port-forward and log, by SPDY and by WebSocket.
// Where no kubelet answers, each is refused, and that is compared.
func (s *session) streams() {
	answered, failed := anything, anything
	if s.node != "" {
		answered, failed = success, metav1.StatusReasonUnknown
	}
	pods := s.clients.CoreV1().Pods(s.namespace)
	s.step("a pod to exec in", success, func() (interface{}, error) {
		p, err := pods.Create(s.ctx, s.pod("x"), metav1.CreateOptions{})
		if err != nil {
			return nil, err
		}
		p.Status.Phase = corev1.PodRunning
		_, err = pods.UpdateStatus(s.ctx, p, metav1.UpdateOptions{})
		return nil, err
	})
	for _, way := range []struct {
		name  string
		exec  func(*rest.Request) (remotecommand.Executor, error)
		dials func(*rest.Request) (httpstream.Dialer, error)
	}{
		{"SPDY", s.spdyExecutor, s.spdyDialer},
		{"WebSocket", s.webSocketExecutor, s.webSocketDialer},
	} {
		s.step("exec by "+way.name, answered, func() (interface{}, error) {
			return s.run(way.exec, "exec", "hello\n", "cat")
		})
		s.step("exec by "+way.name+", 300 kB", answered,
			func() (interface{}, error) {
				return s.run(way.exec, "exec",
					strings.Repeat("0123456789abcde\n", 20000), "cat")
			})
		s.step("exec by "+way.name+", status 3", failed,
			func() (interface{}, error) {
				return s.run(way.exec, "exec", "", "exit", "3")
			})
		s.step("exec by "+way.name+", no such pod", anything,
			func() (interface{}, error) {
				executor, err := way.exec(s.toPod("none", "exec").
					VersionedParams(&corev1.PodExecOptions{
						Command: []string{"cat"}, Stdout: true},
						scheme.ParameterCodec))
				if err != nil {
					return nil, err
				}
				return nil, executor.StreamWithContext(s.ctx,
					remotecommand.StreamOptions{Stdout: io.Discard})
			})
		s.step("attach by "+way.name, answered,
			func() (interface{}, error) {
				return s.run(way.exec, "attach", "hello\n")
			})
		s.step("port-forward by "+way.name, answered,
			func() (interface{}, error) {
				dialer, err := way.dials(s.toPod("x", "portforward"))
				if err != nil {
					return nil, err
				}
				return s.forward(dialer)
			})
	}
	s.step("log", answered, func() (interface{}, error) {
		body, err := pods.GetLogs("x", &corev1.PodLogOptions{}).
			DoRaw(s.ctx)
		return string(body), err
	})
	s.step("log that follows", answered, func() (interface{}, error) {
		body, err := pods.GetLogs("x", &corev1.PodLogOptions{
			Follow: true}).Stream(s.ctx)
		if err != nil {
			return nil, err
		}
		defer body.Close()
		var lines []string
		scanner := bufio.NewScanner(body)
		for len(lines) < 5 && scanner.Scan() {
			lines = append(lines, scanner.Text())
		}
		return strings.Join(lines, "\n"), scanner.Err()
	})
	s.step("log of nobody", metav1.StatusReasonNotFound,
		func() (interface{}, error) {
			_, err := pods.GetLogs("none", &corev1.PodLogOptions{}).
				DoRaw(s.ctx)
			return nil, err
		})
}

func (s *session) toPod(name, subresource string) *rest.Request {
	return s.clients.CoreV1().RESTClient().Post().Namespace(s.namespace).
		Resource("pods").Name(name).SubResource(subresource)
}

// run sends the input and returns what came back.
func (s *session) run(exec func(*rest.Request) (remotecommand.Executor, error),
	subresource, input string, command ...string) (interface{}, error) {
	var stdout, stderr bytes.Buffer

	request := s.toPod("x", subresource)
	if subresource == "exec" {
		request.VersionedParams(&corev1.PodExecOptions{Command: command,
			Stdin: true, Stdout: true, Stderr: true},
			scheme.ParameterCodec)
	} else {
		request.VersionedParams(&corev1.PodAttachOptions{Stdin: true,
			Stdout: true, Stderr: true}, scheme.ParameterCodec)
	}
	executor, err := exec(request)
	if err != nil {
		return nil, err
	}
	err = executor.StreamWithContext(s.ctx, remotecommand.StreamOptions{
		Stdin: strings.NewReader(input), Stdout: &stdout, Stderr: &stderr})
	said := fmt.Sprintf("stdout %q", stdout.String())
	if input == stdout.String() {
		said = fmt.Sprintf("stdout: the %d bytes of the input", len(input))
	}
	return fmt.Sprintf("%s, stderr %q", said, stderr.String()), err
}

func (s *session) spdyExecutor(r *rest.Request) (remotecommand.Executor,
	error) {
	return remotecommand.NewSPDYExecutor(s.config, "POST", r.URL())
}

func (s *session) webSocketExecutor(r *rest.Request) (remotecommand.Executor,
	error) {
	return remotecommand.NewWebSocketExecutor(s.config, "GET",
		r.URL().String())
}

func (s *session) spdyDialer(r *rest.Request) (httpstream.Dialer, error) {
	transport, upgrader, err := spdy.RoundTripperFor(s.config)
	if err != nil {
		return nil, err
	}
	return spdy.NewDialer(upgrader, &http.Client{Transport: transport},
		"POST", r.URL()), nil
}

func (s *session) webSocketDialer(r *rest.Request) (httpstream.Dialer, error) {
	return portforward.NewSPDYOverWebsocketDialer(r.URL(), s.config)
}

// forward sends a line through a port of the pod and reads the echo.
func (s *session) forward(dialer httpstream.Dialer) (interface{}, error) {
	stop := make(chan struct{})
	ready := make(chan struct{})
	forwarder, err := portforward.New(dialer, []string{"0:80"}, stop, ready,
		io.Discard, io.Discard)
	if err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- forwarder.ForwardPorts() }()
	select {
	case err = <-ended:
		return nil, err
	case <-ready:
	}
	defer func() {
		close(stop)
		<-ended
	}()
	ports, err := forwarder.GetPorts()
	if err != nil {
		return nil, err
	}
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", ports[0].Local))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	sent := []byte(strings.Repeat("through a port\n", 10000))
	go conn.Write(sent)
	echo := make([]byte, len(sent))
	if _, err = io.ReadFull(conn, echo); err != nil {
		return nil, err
	}
	if !bytes.Equal(sent, echo) {
		return nil, errors.New("another echo")
	}
	return fmt.Sprintf("%d bytes came back", len(echo)), nil
}
