'use strict';
const at = id => document.getElementById(id);
const number = value => Math.round(value).toLocaleString('en');
const safe = text => String(text).replace(/[&<>"]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }[c]));
const bytes = n => n < 1048576 ? number(n / 1024) + ' KiB' : n < 1073741824 ? (n / 1048576).toFixed(1) + ' MiB' : (n / 1073741824).toFixed(2) + ' GiB';
const clock = seconds => new Date(seconds * 1000).toISOString().substring(11, 19);
const percent = share => (100 * Math.min(1, Math.max(0, share))).toFixed(1) + '%';

// Points of the curve: seconds, phase, rows a second, fetched bytes a second.
let curve = [];
let ended = false;

function flow(stages) {
  return stages.map((stage, index) => {
    const fill = stage.capacity ? stage.queued / stage.capacity : 0;
    const link = index === 0 ? '' : `<div class="link" title="queue before ${safe(stage.name)}"><div class="pipe${fill > .7 ? ' full' : ''}"><i style="width:${percent(fill)}"></i></div>`
      + `<small>${stage.capacity ? `${stage.queued}/${stage.capacity}` : '→'}</small></div>`;
    const parts = [['busy', stage.busy], ['in', stage.waits_for_input], ['out', stage.waits_for_output]];
    return link + `<div class="node"><b>${safe(stage.name)}</b><div class="split">`
      + parts.map(([kind, share]) => `<i class="${kind}" style="width:${percent(share)}"></i>`).join('') + '</div>'
      + `<small>${Math.round(stage.busy * 100)} % busy</small></div>`;
  }).join('');
}

function chart(points) {
  if (points.length < 2) return '<p class="dim">A curve needs two samples.</p>';
  // Drawn at the width at which it is shown, so that its text stays readable on a phone.
  const width = Math.max(at('chart').clientWidth, 280), height = 190, foot = 34, head = 20, room = height - foot - head;
  const end = Math.max(points[points.length - 1][0], 1), most = Math.max(...points.map(p => p[2]), 1), fetched = Math.max(...points.map(p => p[3]), 0);
  const x = seconds => (seconds / end * width).toFixed(1), y = (value, top) => (head + room - value / top * room).toFixed(1);
  const line = (index, top) => points.map(p => `${x(p[0])},${y(p[index], top)}`).join(' ');
  const phases = [];
  for (const point of points) {
    const last = phases[phases.length - 1], place = Number(x(point[0]));
    if (last) last.end = place;
    if (!last || last.name !== point[1]) phases.push({ name: point[1], start: place, end: place });
  }
  let marks = phases.map(phase => `<line class="phase" x1="${phase.start}" y1="${head}" x2="${phase.start}" y2="${height - foot}"/>`).join('');
  // The longest phases get their names; one that would overlap such a name has only its line.
  const named = [];
  for (const phase of phases.sort((a, b) => (b.end - b.start) - (a.end - a.start))) {
    const wide = 8 + 6.5 * phase.name.length, left = Math.max(0, Math.min(phase.start, width - wide));
    if (named.some(other => left < other.right && other.left < left + wide)) continue;
    named.push({ left, right: left + wide });
    marks += `<text x="${left + 3}" y="${height - 20}">${safe(phase.name)}</text>`;
  }
  const fetch = fetched > 0 ? `<polyline class="fetch" points="${line(3, fetched)}"/><text x="${width - 4}" y="13" text-anchor="end">fetched, up to ${bytes(fetched)}/s</text>` : '';
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Rows a second over time">${marks}`
    + `<line class="grid" x1="0" y1="${height - foot}" x2="${width}" y2="${height - foot}"/>`
    + `<polygon class="area" points="${x(points[0][0])},${height - foot} ${line(2, most)} ${width},${height - foot}"/><polyline class="rate" points="${line(2, most)}"/>`
    + `<text x="4" y="13">rows, up to ${number(most)}/s</text>${fetch}`
    + `<text x="0" y="${height - 4}">00:00:00</text><text x="${width}" y="${height - 4}" text-anchor="end">${clock(end)}</text></svg>`;
}

function tables(rows) {
  const list = Object.entries(rows).sort((a, b) => b[1] - a[1]), most = Math.max(...list.map(entry => entry[1]), 1);
  return list.map(([name, count]) => `<div class="row"><span>${safe(name)}</span><div class="pipe"><i style="width:${percent(count / most)}"></i></div><span>${number(count)}</span></div>`).join('');
}

// Parents to the left; an arrow goes from the child to the parent that it refers to.
function plan(x) {
  const layers = x.layers || [], short = name => String(name).split('.').pop(), place = {}, wide = 190, step = 250, high = 26, gap = 36;
  layers.forEach((layer, column) => layer.forEach((name, row) => { place[name] = [column * step, row * gap]; }));
  const tall = Math.max(...layers.map(layer => layer.length), 1) * gap, across = Math.max(layers.length * step - (step - wide), wide);
  const arrows = (x.edges || []).filter(edge => place[edge.child] && place[edge.parent]).map(edge => {
    const [cx, cy] = place[edge.child], [px, py] = place[edge.parent], from = cx, to = px + wide, mid = (from + to) / 2;
    return `<path d="M${from},${cy + high / 2} C${mid},${cy + high / 2} ${mid},${py + high / 2} ${to + 5},${py + high / 2}" marker-end="url(#tip)"><title>${safe(edge.constraint)}</title></path>`;
  }).join('');
  const boxes = Object.entries(place).map(([name, [left, top]]) =>
    `<rect x="${left + .5}" y="${top + .5}" width="${wide - 1}" height="${high}" rx="5"/><text x="${left + 8}" y="${top + 17}">${safe(short(name))}</text>`).join('');
  const chosen = (x.strategies || []).find(strategy => strategy.chosen);
  return `<p>${x.strategy ? `Kept by <b>${safe(x.strategy)}</b>${chosen && chosen.for.length ? ': ' + safe(chosen.for.join(' ')) : ''}` : 'No strategy is chosen.'}</p>`
    + `<div class="scroll keys"><svg viewBox="0 0 ${across + 2} ${tall}" style="min-width:${Math.min(across, 480)}px;max-width:${across}px" role="img" aria-label="Foreign keys between the tables">`
    + '<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0,0 L6,3 L0,6 z" style="fill:var(--in);stroke:none"/></marker></defs>'
    + `${arrows}${boxes}</svg></div>`
    + `<details><summary>Locks, checks, statements</summary><p>${safe(x.locks || '')}</p><ul>${(x.checks || []).map(check => `<li>${safe(check.message)}</li>`).join('')}</ul>`
    + `<ul>${(x.statements || []).map(statement => `<li><code>${safe(statement)}</code></li>`).join('')}</ul></details>`;
}

function show(x) {
  if (!x.job || ended) return;
  at('title').textContent = document.title = `${x.job}: ${x.phase}`;
  at('when').textContent = `${clock(x.elapsed_seconds)} elapsed${x.left_seconds != null ? `, ${clock(x.left_seconds)} left of this phase` : ''}`;
  const share = x.total ? x.done / x.total : 0;
  at('bar').firstElementChild.style.width = percent(share);
  at('bar').setAttribute('aria-valuenow', Math.round(share * 100));
  at('say').textContent = x.bound_by || '…';
  at('now').textContent = number(x.rows_per_second);
  at('overall').textContent = number(x.rows_per_second_overall);
  at('rows').textContent = number(x.rows);
  if (x.download) {
    at('download').textContent = bytes(x.download.fetched_bytes);
    at('download-label').textContent = `downloaded, ${x.download.done} of ${x.download.files} buckets`;
  } else { at('download-label').textContent = 'downloaded: the archive is a folder'; }
  at('flight').textContent = x.row_bytes_limit ? `${bytes(x.row_bytes_in_flight)} of ${bytes(x.row_bytes_limit)}` : '–';
  at('memory').textContent = bytes(x.memory || 0);
  // The stages have ended before the keys are proved: the picture of the load phase stays.
  if (x.stages.length && x.phase !== 'foreign keys' && x.phase !== 'commit') at('flow').innerHTML = flow(x.stages);
  if (Object.keys(x.tables).length) at('tables').innerHTML = tables(x.tables);
  // A new attempt starts a new curve.
  if (curve.length && x.elapsed_seconds < curve[curve.length - 1][0] - 1) curve = [];
  if (!curve.length || x.elapsed_seconds > curve[curve.length - 1][0])
    curve.push([x.elapsed_seconds, x.phase, x.rows_per_second, x.download ? x.download.bytes_per_second : 0]);
  if (curve.length > 1200) curve = curve.filter((_, index) => index % 2 === 0);
  at('chart').innerHTML = chart(curve);
  events(x.events);
}

function events(list) {
  if (list && list.length) at('events').innerHTML = list.slice().reverse().map(event =>
    `<li class="${safe(event.level)}"><span class="dim">${safe(event.time)} ${event.id || ''}</span> ${safe(event.text)}</li>`).join('');
}

const source = new EventSource('/events');
source.addEventListener('curve', message => { curve = JSON.parse(message.data); at('chart').innerHTML = chart(curve); });
source.addEventListener('plan', message => { at('plan').innerHTML = plan(JSON.parse(message.data)); });
source.onmessage = message => show(JSON.parse(message.data));
source.addEventListener('done', message => {
  const x = JSON.parse(message.data);
  ended = true;
  source.close();
  at('title').textContent = document.title = `Committed: ${number(x.rows)} rows in ${x.seconds.toFixed(1)} s`;
  at('when').innerHTML = 'Everything is proved and visible. The full report: <a href="/report.json">report.json</a>';
  at('bar').classList.add('done');
  at('bar').firstElementChild.style.width = '100%';
  at('say').textContent = x.bound_by;
  at('rows').textContent = number(x.rows);
  at('overall').textContent = number(x.rows_per_second);
  at('now').textContent = '0';
  if (x.tables) at('tables').innerHTML = tables(x.tables);
  if (x.stages && x.stages.length) at('flow').innerHTML = flow(x.stages);
  at('flight').textContent = '0 KiB';
  events(x.events);
});
source.addEventListener('failed', message => {
  const x = JSON.parse(message.data);
  ended = true;
  source.close();
  at('title').textContent = document.title = `The load ${x.outcome === 'failed' ? 'failed' : 'was ' + x.outcome}`;
  at('say').textContent = x.error;
});
window.addEventListener('resize', () => { if (curve.length > 1) at('chart').innerHTML = chart(curve); });
source.onerror = () => { if (!ended) at('when').textContent = 'The load has ended, or cannot be reached.'; };
