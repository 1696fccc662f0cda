#!/bin/bash
# Compares kubesim's answers with those of a real API server: the same
# requests to both, byte for byte but for what must differ.
#
#   kubesim-compare.sh record URL CA    asks one server, prints its answers
#   kubesim-compare.sh diff URL CA URL CA    asks two and shows the difference
#
# Both need the tokens of the project's test cluster, empty namespaces argo
# and noisy, and the CRD workflows.argoproj.io.
set -u
here=$(cd "$(dirname "$0")" && pwd)

# Values of one object's metadata, for requests that quote them.
meta() { # url ca ns/resource/name field
	local ns=${3%%/*} rest=${3#*/} group=api/v1
	case ${rest%%/*} in
	leases) group=apis/coordination.k8s.io/v1 ;;
	workflows) group=apis/argoproj.io/v1alpha1 ;;
	esac
	curl -s --http2 --cacert "$2" -H 'Authorization: Bearer argo-token' \
		"$1/$group/namespaces/$ns/$rest" | jq -r ".metadata.$4 // empty"
}

mask() {
	jq -S -c '
		def vague: test("patch: Invalid value: |^Invalid value: .*(cannot (unmarshal|convert)|strict decoding)");
		def mask: if type == "object" then
			(if (.managedFields | type) == "array" and
				all(.managedFields[]; .operation != "Apply")
			then del(.managedFields) else . end)
			| (if .managedFields then
				.managedFields |= sort_by(.manager, .operation)
			else . end)
			| (if (.causes | type) == "array" then
				.causes |= sort_by(.message)
			else . end)
			| with_entries(
				if (.value | type) != "string" then
					.value |= mask
				elif (.key | test("^(uid|resourceVersion|creationTimestamp|deletionTimestamp|time|continue|description)$"))
					or (.key == "message" and (.value | vague)) then
					.value = "*"
				else . end)
			elif type == "array" then map(mask) else . end;
		mask' 2>/dev/null | sed -E \
		-e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UID/g' \
		-e 's/in record \([0-9]+\)/in record (*)/' \
		-e 's/"[0-9]+(s|m|m[0-9]+s|h)"/"AGE"/g'
}

record() { # url ca
	local url=$1 ca=$2 method path type body key args tmp
	tmp=$(mktemp -d)
	while read -r method path type body; do
		case $method in '' | \#*) continue ;; esac
		key=$method
		for field in uid rv; do
			local name=$field
			[ $field = rv ] && name=resourceVersion
			while [[ $body =~ \{$field:([^}]*)\} ]]; do
				body=${body/"${BASH_REMATCH[0]}"/$(meta "$url" "$ca" \
					"${BASH_REMATCH[1]}" $name)}
			done
			while [[ $path =~ \{$field:([^}]*)\} ]]; do
				path=${path/"${BASH_REMATCH[0]}"/$(meta "$url" "$ca" \
					"${BASH_REMATCH[1]}" $name)}
			done
		done
		args=(-H 'Authorization: Bearer argo-token')
		case $method in
		*+)
			args+=(-H 'Accept: application/json;as=Table;v=v1;g=meta.k8s.io,application/json')
			method=${method%+}
			;;
		*#)
			args+=(-H 'Accept: application/vnd.kubernetes.protobuf')
			method=${method%#}
			;;
		*!) args=() method=${method%!} ;;
		*\?) args=(-H 'Authorization: Bearer wrong') method=${method%?} ;;
		esac
		case $body in
		hex:*) # bytes
			xxd -r -p <<<"${body#hex:}" >"$tmp/body"
			args+=(--data-binary "@$tmp/body")
			;;
		?*) args+=(-d "$body") ;;
		esac
		[ -n "$type" ] && [ "$type" != - ] && args+=(-H "Content-Type: $type")
		said=$(curl -s --http2 --path-as-is --cacert "$ca" -X "$method" "${args[@]}" \
			-o "$tmp/answer" -w '%{http_code} %{content_type} %header{warning}' "$url$path")
		echo "== $key $path $type $body" | sed -E \
			-e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UID/g' \
			-e 's/"resourceVersion":"[0-9]+"/"resourceVersion":"*"/' \
			-e 's/resourceVersion=[0-9]+/resourceVersion=*/'
		echo "$said"
		if [[ $said == *protobuf* ]]; then
			"$here/kubesim_protobuf.py" <"$tmp/answer"
		else
			json=$(mask <"$tmp/answer")
			echo "${json:-$(cat "$tmp/answer")}"
		fi
		rm -f "$tmp/answer"
	done <"$here/kubesim-requests.txt"
	rm -rf "$tmp"
}

case ${1-} in
record) record "$2" "$3" ;;
diff) diff <(record "$2" "$3") <(record "$4" "$5") ;;
*) sed -n '2,10p' "$0" >&2 && exit 2 ;;
esac
