using StellarPipeline.Cli.Output.Reports;

namespace StellarPipeline.Cli.Output.Dashboard;

/// <summary>The page of the dashboard: one document without any outside resource.</summary>
internal static class DashboardPage
{
    private const string Body =
        """
        <h1 id="t">Waiting for the first look…</h1><p class="dim" id="s"></p><p class="say" id="b" role="status"></p>
        <div class="cards"><div class="card"><b id="rn">0</b><span>rows a second now</span></div><div class="card"><b id="ro">0</b><span>overall</span></div><div class="card"><b id="r">0</b><span>rows</span></div>
        <div class="card"><b id="p">–</b><span>of this phase</span></div><div class="card"><b id="d">–</b><span>downloaded</span></div><div class="card"><b id="m">–</b><span>memory</span></div></div>
        <h2>Pipeline</h2><div class="scroll" id="g"></div><p class="legend"><span class="kbusy">busy</span> <span class="kin">waits for input</span> <span class="kout">waits for output</span></p>
        <h2>Rows a second</h2><div id="c"></div><h2>Tables</h2><div class="scroll"><table id="w"></table></div><h2>Events</h2><ul id="e"></ul>
        """;

    private const string Script =
        """
        const $=i=>document.getElementById(i),n=x=>Math.round(x).toLocaleString('en'),esc=t=>String(t).replace(/[&<>"]/g,c=>({'&':'&amp;','<':'&lt;','>':'&gt;','"':'&quot;'}[c]));
        const mb=b=>b<1048576?n(b/1024)+' KiB':b<1073741824?(b/1048576).toFixed(1)+' MiB':(b/1073741824).toFixed(2)+' GiB';
        const hms=s=>new Date(s*1000).toISOString().substr(11,8);let curve=[];
        function graph(stages){const w=130,h=74,step=w+46;let s=`<svg viewBox="0 0 ${Math.max(stages.length*step,300)} ${h+24}" style="min-width:${stages.length*120}px" role="img" aria-label="Stages and the fill of their queues">`;
         stages.forEach((x,i)=>{const l=i*step+(i?0:0);if(i){const f=x.capacity?x.queued/x.capacity:0;
           s+=`<line class="grid" x1="${l-42}" y1="${h/2}" x2="${l}" y2="${h/2}" style="stroke-width:${2+10*f};stroke:${f>.7?'var(--out)':'var(--line)'}"/><text x="${l-38}" y="${h/2-9}">${x.capacity?x.queued+'/'+x.capacity:''}</text>`}
          s+=`<rect x="${l}" y="4" width="${w}" height="${h}" rx="6" style="fill:var(--card);stroke:var(--line)"/><text x="${l+8}" y="22" style="font-size:13px;fill:var(--fg)">${esc(x.name)}</text><text x="${l+8}" y="68">${Math.round(x.busy*100)} % busy</text>`;
          let o=l+8;[['busy',x.busy],['in',x.waits_for_input],['out',x.waits_for_output]].forEach(([k,v])=>{const p=v*(w-16);s+=`<rect class="${k}" x="${o}" y="32" width="${p}" height="18"/>`;o+=p})});
         return s+'</svg>'}
        function chart(c){if(c.length<2)return'';const W=720,H=160,t=Math.max(c[c.length-1][0],1),y=Math.max(...c.map(p=>p[1]),1);
         return`<svg viewBox="0 0 ${W} ${H}" role="img" aria-label="Rows a second over the time"><text x="4" y="12">${n(y)}</text><line class="grid" x1="0" y1="${H-16}" x2="${W}" y2="${H-16}"/><polyline class="c0" points="${c.map(p=>`${(p[0]/t*W).toFixed(1)},${(H-16-p[1]/y*(H-36)).toFixed(1)}`).join(' ')}"/><text x="${W-4}" y="${H-2}" text-anchor="end">${hms(t)}</text></svg>`}
        function show(x){if(!x.job)return;$('t').textContent=`${x.job}: ${x.phase}`;document.title=$('t').textContent;$('s').textContent=`${hms(x.elapsed_seconds)} elapsed${x.left_seconds!=null?`, ${hms(x.left_seconds)} left of this phase`:''}`;
         $('b').textContent=x.bound_by||'…';$('rn').textContent=n(x.rows_per_second);$('ro').textContent=n(x.rows_per_second_overall);$('r').textContent=n(x.rows);$('p').textContent=x.total?(100*x.done/x.total).toFixed(1)+' %':'–';
         $('d').textContent=x.download?`${mb(x.download.fetched_bytes)}, ${x.download.done}/${x.download.files}`:'–';$('m').textContent=mb(x.memory||0);if(x.stages.length)$('g').innerHTML=graph(x.stages);
         if(curve.length&&x.elapsed_seconds<curve[curve.length-1][0])curve=[];curve.push([x.elapsed_seconds,x.rows_per_second]);if(curve.length>1200)curve=curve.filter((_,i)=>i%2);$('c').innerHTML=chart(curve);
         $('w').innerHTML=Object.entries(x.tables).sort((a,b)=>b[1]-a[1]).map(([k,v])=>`<tr><td>${esc(k)}</td><td class="n">${n(v)}</td></tr>`).join('');$('e').innerHTML=(x.events||[]).slice().reverse().map(e=>`<li>${esc(e)}</li>`).join('')}
        const source=new EventSource('/events');source.onmessage=e=>show(JSON.parse(e.data));
        source.addEventListener('done',e=>{const x=JSON.parse(e.data);source.close();$('t').textContent=`Committed: ${n(x.rows)} rows in ${x.seconds.toFixed(1)} s`;document.title=$('t').textContent;$('s').innerHTML=`foreign keys kept by ${esc(x.foreign_keys)}; <a href="/report.json">report.json</a>`;$('b').textContent=x.bound_by;$('r').textContent=n(x.rows);$('ro').textContent=n(x.rows_per_second)});
        source.onerror=()=>{$('s').textContent='The load has ended, or cannot be reached.'};
        """;

    /// <summary>The document.</summary>
    public static string Html { get; } =
        $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            + $"content=\"width=device-width,initial-scale=1\"><link rel=\"icon\" "
            + $"href=\"data:,\"><title>stellar-pipeline</title><style>"
            + $"{HtmlText.Style}</style></head><body>{Body}<script>{Script}</script></body></html>\n";
}
