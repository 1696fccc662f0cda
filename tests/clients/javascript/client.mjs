// SPDX-License-Identifier: Apache-2.0

// What JavaScript's official client does to an API server, as a transcript.
// ../run.py compares those of two servers.  It speaks HTTP/1.1 only.

import { PassThrough } from 'node:stream';
import { parseArgs } from 'node:util';
import * as k8s from '@kubernetes/client-node';

const { values: args } = parseArgs({ options: {
	kubeconfig: { type: 'string' },
	context: { type: 'string' },
	namespace: { type: 'string' },
	node: { type: 'string' },
} });

const ANYTHING = 'anything';
const { namespace } = args;
const config = new k8s.KubeConfig();
config.loadFromFile(args.kubeconfig);
if (args.context)
	config.setCurrentContext(args.context);
const core = config.makeApiClient(k8s.CoreV1Api);

function text(result) {
	return typeof result === 'string' ? result
		: JSON.stringify(result, null, 1);
}

// The body is text where the type is not known, an object where it is.
function describe(error) {
	const lines = [`error ${error?.constructor?.name} ${error?.code ?? ''}`];
	if (error instanceof k8s.ApiException)
		lines.push(text(error.body),
			`content-type: ${error.headers?.['content-type']}`);
	else
		lines.push(String(error?.message ?? error));
	return lines.join('\n');
}

// expected: the HTTP status of an error; undefined: success.
async function step(name, action, expected) {
	let status;

	console.log(`\n== ${name}`);
	try {
		const result = await action();
		if (result !== undefined)
			console.log(text(result));
	} catch (error) {
		status = error?.code ?? error?.constructor?.name;
		console.log(describe(error));
	}
	if (expected !== ANYTHING && status !== expected)
		console.log(`!! ${status}, where ${expected} was expected`);
	return status === undefined;
}

function section(name) {
	console.log(`\n# ${name}`);
}

function configMap(name, labels = {}, data = { a: '1' }) {
	return { metadata: { name, labels: { 'made-by': 'us', ...labels } },
		data };
}

const create = (body, more = {}) =>
	core.createNamespacedConfigMap({ namespace, body, ...more });
const read = (name) => core.readNamespacedConfigMap({ namespace, name });
const remove = (name) => core.deleteNamespacedConfigMap({ namespace, name });
const list = (more = {}) =>
	core.listNamespacedConfigMap({ namespace, ...more });
const patch = (name, body, kind, more = {}) =>
	core.patchNamespacedConfigMap({ namespace, name, body, ...more },
		k8s.setHeaderOptions('Content-Type', kind));
const merge = (name, body) =>
	patch(name, body, k8s.PatchStrategy.MergePatch);

async function objects() {
	await step('version', () =>
		config.makeApiClient(k8s.VersionApi).getCode());
	await step('groups', () =>
		config.makeApiClient(k8s.ApisApi).getAPIVersions());
	await step('create', () => create(configMap('one')));
	await step('create, dry run', () =>
		create(configMap('dry'), { dryRun: 'All' }));
	await step('get', () => read('one'));
	await step('replace', async () => {
		const body = await read('one');
		body.data.a = '\u00e9\u4e2d';
		return core.replaceNamespacedConfigMap(
			{ namespace, name: 'one', body });
	});
	await step('list', () => list({ labelSelector: 'made-by=us' }));
	await step('merge patch', () => merge('one', { data: { b: '2' } }));
	await step('strategic merge patch', () => patch('one',
		{ metadata: { labels: { x: 'y' } } },
		k8s.PatchStrategy.StrategicMergePatch));
	await step('JSON patch', () => patch('one',
		[{ op: 'test', path: '/data/b', value: '2' },
			{ op: 'remove', path: '/data/b' }],
		k8s.PatchStrategy.JsonPatch));
	await step('JSON patch, failing test', () => patch('one',
		[{ op: 'test', path: '/data/a', value: 'x' }],
		k8s.PatchStrategy.JsonPatch), 422);
	const applied = (a) => ({ apiVersion: 'v1', kind: 'ConfigMap',
		...configMap('applied', {}, { a }) });
	const apply = (body, more) => patch('applied', body,
		k8s.PatchStrategy.ServerSideApply, more);
	await step('apply', () =>
		apply(applied('1'), { fieldManager: 'first' }), ANYTHING);
	await step('apply, conflict', () =>
		apply(applied('2'), { fieldManager: 'second' }), ANYTHING);
	await step('apply, forced', () => apply(applied('2'),
		{ fieldManager: 'second', force: true }), ANYTHING);
	await step('1 MiB', async () => {
		const x = 'x'.repeat(1 << 20);
		await create(configMap('big', {}, { x }));
		const big = await read('big');
		await remove('big');
		return big.data.x === x;
	});
	await step('lease', () => config.makeApiClient(k8s.CoordinationV1Api)
		.createNamespacedLease({ namespace, body: {
			metadata: { name: 'l' },
			spec: { holderIdentity: 'me' } } }));
	await step('custom resource', () =>
		config.makeApiClient(k8s.CustomObjectsApi)
			.createNamespacedCustomObject({ namespace,
				group: 'argoproj.io', version: 'v1alpha1',
				plural: 'workflows', body: {
					apiVersion: 'argoproj.io/v1alpha1',
					kind: 'Workflow',
					metadata: { name: 'w' },
					spec: { entrypoint: 'a' } } }), ANYTHING);
}

async function errors() {
	await step('404', () => read('none'), 404);
	await step('409, exists', () => create(configMap('one')), 409);
	await step('409, stale', async () => {
		const body = await read('one');
		await merge('one', { data: { z: '1' } });
		await core.replaceNamespacedConfigMap(
			{ namespace, name: 'one', body });
	}, 409);
	await step('413', () => create(configMap('big', {},
		{ x: 'x'.repeat(4 << 20) })), 413);
	await step('422', () => create(configMap('Not_A_Name')), 422);
}

async function pages() {
	await step('create many, at one time', async () => {
		const names = [...Array(25).keys()].map((i) =>
			`page-${String(i).padStart(2, '0')}`);
		await Promise.all(names.map((name) =>
			create(configMap(name, { page: 'yes' }))));
	});
	await step('pages', async () => {
		const lines = [];
		let _continue;
		do {
			const page = await list({ labelSelector: 'page=yes',
				limit: 10, _continue });
			lines.push(page.items.map((o) => o.metadata.name)
				.join(' '));
			({ _continue } = page.metadata);
		} while (_continue);
		return lines.join('\n');
	});
	await step('wrong token', () =>
		list({ limit: 10, _continue: 'nonsense' }), 400);
	await step('delete many', async () => {
		await core.deleteCollectionNamespacedConfigMap(
			{ namespace, labelSelector: 'page=yes' });
	});
}

async function finalizers() {
	await step('delete what is held', async () => {
		const held = configMap('held');
		held.metadata.finalizers = ['example.com/a', 'example.com/b'];
		await create(held);
		await remove('held');
		return read('held');
	});
	await step('let go of one', async () => {
		const body = await read('held');
		body.metadata.finalizers = ['example.com/b'];
		return core.replaceNamespacedConfigMap(
			{ namespace, name: 'held', body });
	});
	await step('let go, stale', () => merge('held',
		{ metadata: { resourceVersion: '1', finalizers: null } }), 409);
	await step('let go of the last', () => patch('held',
		[{ op: 'test', path: '/metadata/finalizers/0',
			value: 'example.com/b' },
		{ op: 'remove', path: '/metadata/finalizers/0' }],
		k8s.PatchStrategy.JsonPatch));
	await step('it is gone', () => read('held'), 404);
}

async function change() {
	await create(configMap('watched', { watch: 'me' }));
	for (const a of ['2', '3'])
		await merge('watched', { data: { a } });
	await remove('watched');
}

const path = `/api/v1/namespaces/${namespace}/configmaps`;

// So many events, or how it ended.
async function events(query, number) {
	const lines = [];
	let abort;
	const ended = new Promise((resolve) => {
		abort = new k8s.Watch(config).watch(path, query,
			(type, object) => {
				if (lines.length < number)
					lines.push(type === 'ERROR'
						? text(object)
						: `${type} ${object.metadata.name} ` +
						text(object.data));
				if (lines.length === number)
					resolve('enough');
			}, (error) => resolve(error
				? error.name || 'error' : 'ended'));
	});
	lines.push(await ended);
	(await abort)?.abort();
	return lines.join('\n');
}

async function watches() {
	const labelSelector = 'watch=me';
	const since = async () =>
		(await list({ labelSelector })).metadata.resourceVersion;

	await step('watch', async () => {
		const resourceVersion = await since();
		const told = events({ labelSelector, resourceVersion }, 4);
		await change();
		return told;
	});
	await step('watch from the past', async () => {
		const resourceVersion = await since();
		await change();
		return events({ labelSelector, resourceVersion }, 4);
	});
	await step('watch with a limit', async () => events({ labelSelector,
		resourceVersion: await since(), timeoutSeconds: 1 }, 1),
	ANYTHING);
}

// What is ended begins again by itself, and misses nothing.
async function informer() {
	const labelSelector = 'informer=yes';
	const told = k8s.makeInformer(config, path,
		() => list({ labelSelector }), labelSelector);
	const waiting = [];
	let lines = [];

	for (const verb of ['add', 'update', 'delete'])
		told.on(verb, (o) => {
			lines.push(`${verb} ${o.metadata.name} ${text(o.data)}`);
			if (waiting.length && lines.length >= waiting[0].number)
				waiting.shift().resolve();
		});
	const next = async (number) => {
		if (lines.length < number)
			await new Promise((resolve) =>
				waiting.push({ number, resolve }));
		const result = lines.sort().join('\n');
		lines = [];
		return result;
	};
	const put = (name, a) =>
		create(configMap(name, { informer: 'yes' }, { a }));

	await step('informer', async () => {
		await put('i1', 'before');
		await told.start();
		return next(1);
	});
	await step('informer is told', async () => {
		await put('i2', 'while it watches');
		return next(1);
	});
	await step('informer that was away', async () => {
		await told.stop();
		await put('i3', 'while it was away');
		await merge('i2', { data: { a: 'changed' } });
		await remove('i1');
		await told.start();
		return next(3);
	});
	await step("informer's store", () => told.list()
		.map((o) => o.metadata.name).sort().join(' '));
	await told.stop();
}

function sink() {
	const stream = new PassThrough();
	stream.text = '';
	stream.on('data', (data) => { stream.text += data; });
	return stream;
}

async function exec(name, input, ...command) {
	const out = sink();
	const err = sink();
	const stdin = input === null ? null : new PassThrough();
	const status = await new Promise((resolve, reject) => {
		new k8s.Exec(config).exec(namespace, name, 'main', command, out,
			err, stdin, false, resolve).then((socket) => {
			socket.on('error', reject);
			socket.on('close', () => resolve('closed'));
			stdin?.write(input);
		}, reject);
		// cat does not end: this client cannot close its input.
		out.on('data', () => {
			if (input !== null && out.text.length >= input.length)
				resolve('enough');
		});
	});
	return `stdout ${text(out.text)}\nstderr ${text(err.text)}\n` +
		text(status);
}

async function pod() {
	await step('create a service account', () =>
		core.createNamespacedServiceAccount({ namespace,
			body: { metadata: { name: 'us' } } }));
	await step('create a pod', () => core.createNamespacedPod({ namespace,
		body: { metadata: { name: 'x' }, spec: {
			nodeName: args.node, schedulerName: 'nobody',
			serviceAccountName: 'us',
			automountServiceAccountToken: false,
			terminationGracePeriodSeconds: 0,
			containers: [{ name: 'main', image: 'none' }] } } }));
	await step('it runs', async () => {
		await core.patchNamespacedPodStatus({ namespace, name: 'x',
			body: { status: { phase: 'Running' } } },
		k8s.setHeaderOptions('Content-Type',
			k8s.PatchStrategy.MergePatch));
	});
	// Where no kubelet answers, each is refused, and that is compared.
	const answered = args.node ? undefined : ANYTHING;
	await step('exec', () => exec('x', null, 'echo', 'hello', 'you'),
		answered);
	await step('exec, status 3', () => exec('x', null, 'exit', '3'),
		answered);
	await step('exec, a talk', () => exec('x', 'line\n'.repeat(1000), 'cat'),
		answered);
	await step('exec, no such pod', () => exec('none', null, 'cat'),
		ANYTHING);
	await step('log', () => core.readNamespacedPodLog(
		{ namespace, name: 'x' }), answered);
	await step('log that follows', async () => {
		const out = sink();
		let abort;
		const enough = new Promise((resolve) => {
			out.on('data', () => out.text.split('\n').length > 3 &&
				resolve());
			out.on('close', resolve);
			out.on('end', resolve);
		});
		abort = await new k8s.Log(config).log(namespace, 'x', 'main', out,
			{ follow: true });
		await enough;
		abort.abort();
		return out.text.split('\n').slice(0, 3).join('\n');
	}, answered);
	await step('delete the pod', async () => {
		await core.deleteNamespacedPod({ namespace, name: 'x' });
	});
}

async function impersonation() {
	section('impersonation');
	const as = () => k8s.setHeaderOptions('Impersonate-User',
		'fairway-test-nobody');
	await step('403', () => core.listNamespacedConfigMap({ namespace },
		as()), 403);
	await step('403 to write', () => core.deleteNamespacedConfigMap(
		{ namespace, name: 'one' }, as()), 403);
}

async function main() {
	const limit = setTimeout(() => {
		console.log('!! it took too long');
		process.exit(1);
	}, 180000);

	if (!await step('create the namespace', () => core.createNamespace(
		{ body: { metadata: { name: namespace } } })))
		process.exit(1);
	await objects();
	await errors();
	await pages();
	await finalizers();
	await watches();
	await informer();
	await pod();
	await impersonation();
	section('expired');
	await step('410', () => events({ resourceVersion: '1',
		timeoutSeconds: 1 }, 1), ANYTHING);
	section('the end');
	await step('delete the namespace', async () => {
		await core.deleteNamespace({ name: namespace });
	});
	clearTimeout(limit);
	process.exit(0);
}

await main();
