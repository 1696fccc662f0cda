// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	"k8s.io/utils/exec"
)

// echo is every container and every port.
type echo struct{}

// ExecInContainer: cat, echo WORD..., exit STATUS, and what kubectl cp writes
// and reads a file with.
func (echo) ExecInContainer(_ context.Context, _, _, _ string, command []string,
	in io.Reader, out, errOut io.WriteCloser, _ bool,
	_ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	if len(command) == 0 {
		return fmt.Errorf("no command")
	}
	switch command[0] {
	case "cat":
		_, err := io.Copy(out, in)
		return err
	case "echo":
		_, err := fmt.Fprintln(out, strings.Join(command[1:], " "))
		return err
	case "exit":
		status, err := strconv.Atoi(strings.Join(command[1:], ""))
		if err != nil {
			return err
		}
		// Who closes on what he has not read resets the connection, and what
		// he has said before may be lost.
		if in != nil {
			io.Copy(io.Discard, in)
		}
		if errOut != nil {
			fmt.Fprintln(errOut, "as you wish")
		}
		return exec.CodeExitError{Err: fmt.Errorf("exit %d", status),
			Code: status}
	case "test":
		return exec.CodeExitError{Err: errors.New("exit 1"), Code: 1}
	case "tar":
		if strings.Contains(command[1], "x") {
			return unpack(in)
		}
		return archive(out, strings.TrimPrefix(command[len(command)-1], "/"))
	}
	return fmt.Errorf("%s: not found", command[0])
}

// AttachContainer: the program that runs there is cat.
func (echo) AttachContainer(_ context.Context, _, _, _ string, in io.Reader, out,
	_ io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize) error {
	if in == nil {
		return nil
	}
	_, err := io.Copy(out, in)
	return err
}

// PortForward: an echo on every port.
func (echo) PortForward(_ context.Context, _, _ string, _ int32,
	stream io.ReadWriteCloser) error {
	defer stream.Close()
	_, err := io.Copy(stream, stream)
	return err
}

// unpack reads an archive to its end, and keeps nothing.
func unpack(in io.Reader) error {
	archive := tar.NewReader(in)
	for {
		_, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err == nil {
			_, err = io.Copy(io.Discard, archive)
		}
		if err != nil {
			return exec.CodeExitError{Err: err, Code: 2}
		}
	}
	_, err := io.Copy(io.Discard, in)
	return err
}

// archive writes one file of 100 kB.
func archive(out io.Writer, name string) error {
	content := strings.Repeat("0123456789\n", 10000)
	archive := tar.NewWriter(out)
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644,
		Size: int64(len(content))}); err != nil {
		return err
	}
	if _, err := io.WriteString(archive, content); err != nil {
		return err
	}
	return archive.Close()
}
