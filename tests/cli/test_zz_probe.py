import os,sys
sys.path.insert(0,'/work/main')
import pytest
from tests.cli.test_reviewing import *
def test_x(mailstage):
    n=mailstage.asks_draft()
    mailstage("approve",n,"--category","order_status"); print("A",mailstage.out,mailstage.err, mailstage.review(n).outcome)
    p=mailstage.asks_promotion()
    mailstage("show",p); print("B",mailstage.out)
    mailstage("approve",p,"--category","x"); print("C",mailstage.out,mailstage.err, mailstage.review(p).outcome)
    mailstage("knowledge","search","x"); print("D", mailstage.out, mailstage.err)
    mailstage("knowledge","add","nowhere"); print("E", mailstage.out, mailstage.err)
    mailstage("knowledge","add"); print("F", mailstage.out, mailstage.err)
    mailstage("categorize","nowhere.eml"); print("G", mailstage.out, mailstage.err)
    mailstage("edit",n); print("H", mailstage.out, mailstage.err)
    mailstage("evaluate","retrieve","--documents","a","--queries","b"); print("I", mailstage.out, mailstage.err)
    mailstage("parse","nowhere.eml"); print("J", mailstage.out, mailstage.err)
    mailstage("reject",mailstage.asks_promotion(),"-r","x"); print("K", mailstage.out, mailstage.err)
    mailstage.monkeypatch.setenv("EDITOR","false"); mailstage.monkeypatch.delenv("VISUAL",raising=False)
    mailstage("edit",n); print("L", mailstage.out, mailstage.err)
