import http from 'node:http';
import { fork } from 'node:child_process';
import { createApi } from '/work/main/src/extract/create-api.ts';
import { readPages } from '/work/main/src/extract/read-pages.ts';
import { instantFromMillis } from '/work/main/src/model/instant.ts';
import { pino } from 'pino';
if (process.argv[2]==='server') {
  const size=Number(process.argv[3]);
  const bodies=Array.from({length:20},(_,p)=>{const items=[];for(let i=0;i<100;i++)items.push({id:crypto.randomUUID(),group_id:crypto.randomUUID(),workflow_id:crypto.randomUUID(),input:{text:'lorem ipsum dolor, sit amet '.repeat(10)},status:'completed',progress:100,created_at:'2026-07-01T17:06:16.123456Z',workflow:{definition:{nodes:Array.from({length:size},(_, j)=>({id:crypto.randomUUID(),x:j*3.25,y:17,name:'node '+j,type:'llm'}))},runs_count:i}});return Buffer.from(JSON.stringify({items,total:2000,page:p+1,size:100}))});
  const s=http.createServer((q,r)=>{const p=Number(new URL(q.url!,'http://x').searchParams.get('page'));r.writeHead(200,{'content-type':'application/json'});r.end(bodies[p-1])});
  s.listen(0,'127.0.0.1',()=>process.send!({port:(s.address() as any).port,bytes:bodies[0]!.length}));
} else for (const nodes of [5, 200]) {
  const child=fork(import.meta.filename,['server',String(nodes)]);
  const {port,bytes}:any=await new Promise(r=>child.once('message',r));
  const url='http://127.0.0.1:'+port;
  const connector:any={name:'x',title:'x',headers:()=>({}),requestIdHeaders:[],errorText:()=>null,environment:{apiKey:'',baseUrl:''}};
  const bare=async()=>{for(let p=1;p<=20;p++){const r=await fetch(`${url}/r?page=${p}&size=100`);await r.json();}};
  const api=createApi({connection:{name:'x',connector,baseUrl:url,apiKey:'abcdefgh',allowHttp:false,requests:{concurrency:4,perSecond:1e6,timeoutMs:30000,maxWaitMs:1,maxBytes:64<<20}},now:()=>instantFromMillis(Date.now()),log:pino({level:'info'}),signal:new AbortController().signal});
  const mine=async()=>{for await (const p of readPages(api,{request:{method:'GET',path:'/r'},pagination:{style:'page',pageParameter:'page',sizeParameter:'size',size:100},parse:(b:any)=>({items:b.items,total:b.total,position:b.page,size:b.size})},{ahead:Number(process.env.AHEAD??0)})){void p}};
  for(let i=0;i<4;i++){await bare();await mine();}
  const A:number[]=[],B:number[]=[];for(let i=0;i<12;i++){let s=performance.now();await bare();A.push(performance.now()-s);s=performance.now();await mine();B.push(performance.now()-s);} const m=(x:number[])=>Math.min(...x)/20;const a=m(A),b=m(B);
  console.log(bytes,'bytes/page; bare',a.toFixed(2),'ms/page; mine',b.toFixed(2),'ratio',(a/b).toFixed(2));
  child.kill();
}
