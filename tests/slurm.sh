#!/bin/sh
# A sweep on a real Slurm: munge, a controller and two nodes, all on this machine. Runs and
# their processes are killed at random, a task is told that its time is over, a node is
# drained; in the end each run is there once, and what a serial sweep makes. Then the same
# with GNU parallel. usage: slurm.sh FOLDER-OF-PROGRAMS. Wants slurmctld, slurmd, munge and
# parallel, and root; takes about three minutes.
set -eu
export PATH=$1:$PATH
program=$1/grokscope-sweep
for needed in munged slurmctld slurmd sbatch parallel; do
    command -v $needed >/dev/null || PATH=$PATH:/usr/sbin:/sbin
    command -v $needed >/dev/null || { echo "skipped: $needed is missing" && exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: root starts the daemons" && exit 77; }
folder=$(mktemp -d)
chmod 755 "$folder"
cd "$folder"
host=$(hostname -s)
stop() {
    scancel --quiet --me 2>/dev/null || true
    for daemon in n1 n2 controller munge; do
        [ ! -f $daemon.pid ] || kill "$(cat $daemon.pid)" 2>/dev/null || true
    done
    sleep 1
    rm -rf "$folder"
}
trap stop EXIT INT TERM
fail() {
    echo "FAILED: $*" >&2
    tail -5 controller.log n1.log n2.log ./*.out 2>/dev/null >&2
    exit 1
}

# ---- The cluster ----
mkdir state n1 n2 munge
chmod 700 munge
dd if=/dev/urandom of=munge/key bs=1024 count=1 2>/dev/null
chmod 400 munge/key
munged --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
    --pid-file="$folder/munge.pid" --log-file="$folder/munge/log" \
    --seed-file="$folder/munge/seed" --force
cat >slurm.conf <<EOF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/%n
SlurmctldPidFile=$folder/controller.pid
SlurmdPidFile=$folder/%n.pid
SlurmctldLogFile=$folder/controller.log
SlurmdLogFile=$folder/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
JobRequeue=1
MinJobAge=3600
SchedulerParameters=sched_interval=2,bf_interval=2
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=26821 CPUs=2
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=26822 CPUs=2
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
export SLURM_CONF=$folder/slurm.conf
slurmctld
slurmd -N n1
slurmd -N n2
for try in $(seq 100); do
    [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | wc -l)" = 2 ] && break
    sleep 0.2
done
[ "$(sinfo -h -N -t idle -o %N | wc -l)" = 2 ] || fail "the nodes are not up: $(sinfo -N)"

# ---- The sweep ----
cat >small.recipe <<'EOF'
p = 23
d_model = 32
n_heads = 2
d_mlp = 64
train_fraction = 0.5
checkpoints = linear:100
steps = 1500
EOF
vary="--vary seed=0..5 --vary weight_decay=0.5,1"
$program run small.recipe $vary --out serial --jobs 1 --quiet
digests() {
    tail -n +2 "$1/plan.tsv" | cut -f 1 | sort | while read -r run; do
        echo "$run $(grokscope-info --digest "$1/$run" | cut -f 3 | tail -n +2 | sha256sum)"
    done
}
digests serial >serial.sums
same() { # FOLDER WHAT
    [ "$($program status "$1" | tail -n +2 | awk '{ print $NF }' | sort | uniq -c | xargs)" = \
        "12 done" ] || fail "$2: $($program status "$1")"
    digests "$1" | cmp -s - serial.sums || fail "$2: runs differ from those of a serial sweep"
    echo "$2: 12 runs, each once and as in a serial sweep"
}
# Kill one of the processes of a sweep's folder, now and then, for some seconds.
kill_at_random() { # FOLDER TIMES
    for i in $(seq "$2"); do
        sleep 0.7
        victim=$(pgrep -f "$folder/$1" | shuf -n 1) || continue
        kill -KILL "$victim" 2>/dev/null || true
    done
}

$program plan small.recipe $vary --out cluster >/dev/null
$program slurm cluster --parts 4 --time-limit 0:05:00 --output array.sh
for round in 1 2 3 4 5 6; do
    job=$(sbatch --parsable array.sh)
    if [ $round = 1 ]; then
        kill_at_random cluster 4
        scontrol update NodeName=n2 State=DRAIN Reason=test
        scancel --batch --signal=USR1 "${job}_0" 2>/dev/null || true
        sleep 3
        scontrol update NodeName=n2 State=RESUME
    fi
    for try in $(seq 600); do
        [ -z "$(squeue -h -j "$job" 2>/dev/null)" ] && break
        sleep 0.5
    done
    $program status cluster >states
    # What was killed is stopped or, where its trainer was, failed: the next round's.
    for failed in cluster/*.failed; do
        [ ! -e "$failed" ] || rm "$failed"
    done
    [ "$(grep -c done states)" = 12 ] && break
done
echo "Slurm: $round submissions"
same cluster "Slurm"

# ---- GNU parallel ----
$program plan small.recipe $vary --out many >/dev/null
for round in 1 2 3 4 5 6; do
    seq 0 5 | parallel -j 3 "$program" run --out "$folder/many" --task {} --tasks 6 --jobs 1 \
        --quiet >parallel.out 2>&1 &
    pid=$!
    [ $round -gt 2 ] || kill_at_random many 4
    wait $pid || true
    for failed in many/*.failed; do
        [ ! -e "$failed" ] || rm "$failed"
    done
    [ "$($program status many | grep -c done)" = 12 ] && break
done
echo "GNU parallel: $round calls"
same many "GNU parallel"
