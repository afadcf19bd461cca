#!/usr/bin/env bash
# Runs the job array on a Slurm of one node that it sets up on loopback and takes down again. Needs root,
# slurmctld, slurmd (Debian: slurm-wlm) and munged. Argument: the redraw program; default build/release/bin.
set -euo pipefail
cd "$(dirname "$0")/../.."
redraw=$(realpath "${1:-build/release/bin/redraw}")
for tool in slurmctld slurmd munged sbatch; do
  command -v "$tool" > /dev/null || { echo "scripts/slurm/test.sh: skipped: $tool is not installed (apt-get install slurm-wlm munge)"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "scripts/slurm/test.sh: skipped: it needs root"; exit 77; }
work=$(mktemp -d)
host=$(hostname -s)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done; sleep 1; rm -rf "$work"' EXIT

head -c 1024 /dev/urandom > "$work/munge.key"
chmod 400 "$work/munge.key"
mkdir -p "$work/state" "$work/spool"
munged --foreground --force --key-file="$work/munge.key" --socket="$work/munge.socket" --pid-file="$work/munge.pid" \
  --seed-file="$work/munge.seed" --log-file="$work/munge.log" & pids+=($!)
cat > "$work/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SchedulerParameters=requeue_delay=0
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
CONF
export SLURM_CONF=$work/slurm.conf
sleep 1
slurmctld -D > "$work/slurmctld.log" 2>&1 & pids+=($!)
slurmd -D > "$work/slurmd.log" 2>&1 & pids+=($!)
for _ in $(seq 30); do sinfo -h -o %T 2> /dev/null | grep -qE 'idle|mixed' && break; sleep 1; done
sinfo

mkdir "$work/in"
for i in $(seq -w 24); do cp examples/folder/pictures/desert.png "$work/in/p$i.png"; done
export REDRAW=$redraw
sbatch --wait --array=1-4 --chdir="$work" --time=10 scripts/slurm/array.sbatch in -o out --seed 7 -s 2 --size 64x64 \
  -M "$PWD/models/demo.safetensors" || { cat "$work"/redraw-*.log "$work"/slurm*.log; exit 1; }
"$redraw" ledger merge "$work/out"
"$redraw" ledger check "$work/out"
made=$(find "$work/out" -name '*.png' | wc -l)
echo "$made of 24 pictures by four tasks"
[ "$made" -eq 24 ]
