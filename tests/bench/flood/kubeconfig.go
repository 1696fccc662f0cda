package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// A target is one way to the API server as one identity: what a kubeconfig's
// context says, with everything that it names already read.
type target struct {
	server    string
	namespace string
	token     string
	tls       *tls.Config
}

// view is the part of `kubectl config view -o json` that is used here.
type view struct {
	CurrentContext string `json:"current-context"`
	Contexts       []struct {
		Name    string
		Context struct{ Namespace string }
	}
	Clusters []struct {
		Cluster struct {
			Server        string
			CA            string `json:"certificate-authority-data"`
			TLSServerName string `json:"tls-server-name"`
			Insecure      bool   `json:"insecure-skip-tls-verify"`
		}
	}
	Users []struct {
		User struct {
			Token     string
			TokenFile string `json:"tokenFile"`
			Cert      string `json:"client-certificate-data"`
			Key       string `json:"client-key-data"`
		}
	}
}

// loadTarget reads one context of a kubeconfig. The file is YAML, and the
// standard library has no reader for that: kubectl turns it into JSON and
// embeds the files that it names. A file without that context (Fairway's own
// has only one) is used as its current context says.
func loadTarget(path, context string) (*target, error) {
	v, err := configView(path, context)
	if err != nil {
		v, err = configView(path, "")
	}
	if err != nil {
		return nil, err
	}
	if len(v.Clusters) != 1 || len(v.Users) != 1 || len(v.Contexts) != 1 {
		return nil, fmt.Errorf("%s: context %q names no cluster and user",
			path, context)
	}
	cluster, user := v.Clusters[0].Cluster, v.Users[0].User
	t := &target{
		server:    strings.TrimSuffix(cluster.Server, "/"),
		namespace: v.Contexts[0].Context.Namespace,
		token:     user.Token,
		tls: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			ServerName:         cluster.TLSServerName,
			InsecureSkipVerify: cluster.Insecure,
		},
	}
	if user.TokenFile != "" {
		b, err := os.ReadFile(user.TokenFile)
		if err != nil {
			return nil, err
		}
		t.token = strings.TrimSpace(string(b))
	}
	if err := t.setCertificates(cluster.CA, user.Cert, user.Key); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// setCertificates takes the base64 of three PEM files; each may be empty.
func (t *target) setCertificates(ca, cert, key string) error {
	var pem [3][]byte
	for i, s := range []string{ca, cert, key} {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return err
		}
		pem[i] = b
	}
	if len(pem[0]) > 0 {
		t.tls.RootCAs = x509.NewCertPool()
		if !t.tls.RootCAs.AppendCertsFromPEM(pem[0]) {
			return errors.New("no certificate in certificate-authority")
		}
	}
	if len(pem[1]) > 0 {
		pair, err := tls.X509KeyPair(pem[1], pem[2])
		if err != nil {
			return err
		}
		t.tls.Certificates = []tls.Certificate{pair}
	}
	return nil
}

func configView(path, context string) (*view, error) {
	args := []string{"--kubeconfig", path, "config", "view",
		"--raw", "--minify", "--flatten", "-o", "json"}
	if context != "" {
		args = append(args, "--context", context)
	}
	out, err := exec.Command("kubectl", args...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("kubectl config view: %s",
				strings.TrimSpace(string(exit.Stderr)))
		}
		return nil, err
	}
	v := &view{}
	return v, json.Unmarshal(out, v)
}
