# Question 1, the gallery and the ledger: what README and docs/ show.

QUESTION1 = {
    "adam_max_h": ("q1_bump/adam_max_h.py", "adam_max_h.json"),
    "gradient_descent": ("q1_bump/gradient_descent.py", "gradient_descent.png"),
    "optimizers": ("q1_bump/adam_max_h.py --optimizer all", "optimizers_all.json"),
    "illustrate": ("q1_bump/illustrate.py", "step_table.png"),
    "phase_diagram": ("q1_bump/phase_diagram.py", "phase_diagram_lr_beta1.json"),
}


for name, (line, written) in QUESTION1.items():

    rule:
        name:
            f"question1_{name}"
        output:
            f"../q1_bump/{written}",
        params:
            name=f"question1_{name}",
            command=line,
            code=code.digest(line.split()[0]),
        log:
            f"logs/question1/{name}.log",
        resources:
            mem_mb=4000,
            runtime=30,
        shell:
            job()


rule gallery:
    input:
        Q2A,
        Q2B,
        expand("../q1_bump/{written}", written=[written for _, written in QUESTION1.values()]),
    output:
        touch(".gallery"),  # the files themselves are committed: no job that fails may take them
    params:
        name="gallery",
        command="publish/gallery.py",
        code=code.digest("publish/gallery.py"),
    log:
        "logs/publish/gallery.log",
    shell:
        job()


rule ledger:
    input:
        ".gallery",
    output:
        touch(".ledger"),
    params:
        name="ledger",
        command="publish/ledger.py",
        code=code.digest("publish/ledger.py"),
    log:
        "logs/publish/ledger.log",
    shell:
        job()
