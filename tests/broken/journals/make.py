"""Makes the journals of this folder: each broken in its own way.

The .expected files beside them say what a check finds in each. This is also a second
writer of the format: a line, its seal and its chain need no more than this.
"""
import hashlib
import json
import pathlib

INC="INC-20261123-0131-7f3a"
D = pathlib.Path(__file__).parent
def seal(body):
    h=hashlib.sha256(body.encode()).hexdigest()
    return body+',"h":"'+h+'"}', h
def line(seq, prev, fact, inc=INC, v=1):
    rec={"v":v,"seq":seq,"prev":prev,"inc":inc,"t":f"2026-11-23T01:{30+seq:02d}:00.000Z","up":81234567890000+seq,"boot":"5e0c",
     "by":{"user":"mk","host":"bastion-2","pid":4711,"con":"A","role":"driver"}}
    rec.update(fact)
    body=json.dumps(rec,separators=(",",":"),ensure_ascii=False)[:-1]
    return seal(body)
OPEN={"k":"opened","title":"eu-west-1 is failing","conduct":"incident","tool":"0.1.0"}
def note(t): return {"k":"note","text":t}
FACTS=[OPEN,note("alarms from two services"),{"k":"decision","text":"fail over","rationale":"no answer for 10 minutes"},note("told the trainers"),note("traffic is back")]
def chain(facts, **kw):
    prev="0"*64; out=[]
    for i,f in enumerate(facts):
        l,prev=line(i+1,prev,f,**kw); out.append(l)
    return out
def w(name, data):
    if isinstance(data,str): data=data.encode()
    (D / f"{name}.jsonl").write_bytes(data)
good=chain(FACTS)
J=lambda ls:"\n".join(ls)+"\n"
w("sound", J(good))
w("empty","")
w("cut-in-the-last-entry", J(good)[:-90])
w("cut-before-the-last-newline", J(good)[:-1])
w("edited-by-hand", J(good).replace("told the trainers","told the Trainers"))
w("entry-removed", J(good[:2]+good[3:]))
w("entries-swapped", J([good[0],good[2],good[1]]+good[3:]))
w("first-entry-removed", J(good[1:]))
w("entry-twice", J(good[:3]+[good[2]]+good[3:]))
l,h=line(3,"f"*64,note("I was never here"))
w("forged-and-sealed", J(good[:2]+[l]+good[3:]))
w("of-another-incident", J(chain(FACTS,inc="INC-20250101-0000-0001")))
w("lines-run-together", J(good[:1])+good[1]+good[2]+"\n"+J(good[3:]))
w("not-a-journal", "key = 'value'\n")
w("filled-with-zeros", J(good[:3]).encode()+b"\0"*4096)
w("longer-than-an-entry", J(good[:3]).encode()+b"\0"*70000)
w("windows-line-ends", J(good).replace("\n","\r\n"))
w("with-a-byte-order-mark", b"\xef\xbb\xbf"+J(good).encode())
l,h=line(6,good[-1][-66:-2],{"k":"teleported","to":"mars"})
w("of-a-newer-program", J(good+[l]))
l,h=line(6,good[-1][-66:-2],note("x"),v=2)
w("of-a-newer-format", J(good+[l]))
body='{"v":1,"hello":"world"'
w("sealed-but-not-an-entry", J(good[:2]+[seal(body)[0]]))
w("text-appended", J(good)+"-- checked by hand, looks fine\n-- mk\n")
