"""kill -9 at random moments of a running training: every checkpoint that is visible is
whole, the run resumes, and its final content equals the uninterrupted run's.

usage: kills.py NUMBER [SEED]    with GROKSCOPE_BIN in the environment
"""
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

BIN = os.environ["GROKSCOPE_BIN"]
RUN = ("--p 11 --d-model 16 --n-heads 2 --d-mlp 32 --steps 3000 --checkpoints linear:40 "
       "--log-every 20 --measure norms,rqi --measure-every 30").split()
# Conditions remember: one to save once, one to stop that never holds for so long.
RUN += ["--save-when", "train_accuracy > 0.5 and norms.l2 > 1, norms.l2 < 12",
        "--stop-when", "norms.l2 > 0", "--stop-patience", "2930"]


def run(program, *arguments, check=True):
    done = subprocess.run([f"{BIN}/{program}", *arguments], capture_output=True,
                          text=True)
    if check and done.returncode != 0:
        sys.exit(f"{program} {' '.join(arguments)}: exit {done.returncode}\n"
                 f"{done.stdout}{done.stderr}")
    return done.stdout


def digests(folder):
    table = run("grokscope-info", folder, "--digest", "--step", "all")
    return [line.split("\t")[1:] for line in table.splitlines()[1:]]


def main(kills, seed):
    rng = random.Random(seed)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = f"{folder}/whole", f"{folder}/killed"
        recipe = f"{folder}/plain.recipe"  # a run that is resumed too early needs one
        with open(recipe, "w") as file:
            file.write("seed = 0\n")
        begin = time.monotonic()
        run("grokscope-train", *RUN, "--out", whole)
        duration = time.monotonic() - begin
        expected = digests(whole)
        done = finished = 0
        visible = 0
        while done < kills:
            process = subprocess.Popen(
                [f"{BIN}/grokscope-train", recipe, *RUN, "--out", killed, "--resume",
                 "--threads", str(rng.choice([1, 2]))],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            time.sleep(rng.uniform(0, 0.15 * duration))
            process.send_signal(signal.SIGKILL)
            message = process.communicate()[1].decode()
            if process.returncode == 0:  # it came to its end before
                finished += 1
                if digests(killed) != expected:
                    sys.exit("the resumed run differs from the uninterrupted one")
                for name in os.listdir(killed):
                    os.remove(f"{killed}/{name}")
                continue
            if process.returncode != -signal.SIGKILL:
                sys.exit(f"exit {process.returncode}: {message}")
            done += 1
            names = os.listdir(killed) if os.path.isdir(killed) else []
            if any(name.startswith("step-") for name in names):
                table = run("grokscope-info", killed, "--check", "--step", "all")
                visible += len(table.splitlines()) - 1
        run("grokscope-train", *RUN, "--out", killed, "--resume")
        if digests(killed) != expected:
            sys.exit("the resumed run differs from the uninterrupted one")
        left = [n for n in os.listdir(killed) if "tmp" in n]
        if left:
            sys.exit(f"left behind: {left}")
        print(f"{done} kills, {finished + 1} runs to the end, each as the uninterrupted "
              f"one; {visible} visible files checked, all whole")


if __name__ == "__main__":
    number = int(sys.argv[1])
    main(number, int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6))
