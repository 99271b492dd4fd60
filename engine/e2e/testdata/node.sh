# PID 1 of one node, in fresh namespaces. Arguments: NAME DIR, the node's folder, and SBIN, what is added to /usr/sbin.
# DIR/etc, DIR/lib and DIR/corosync survive the node, as its disk does; /run does not.
set -eu
name=$1 dir=$2 sbin=$3
mount --make-rprivate /
mount -t proc proc /proc
hostname "$name"
mkdir -p "$dir/etc" "$dir/lib" "$dir/log" "$dir/corosync" "$dir/work-etc" "$dir/work-lib" "$dir/work-log"
mount -t overlay -o "lowerdir=/etc,upperdir=$dir/etc,workdir=$dir/work-etc" etc /etc
mount -t overlay -o "lowerdir=/var/lib,upperdir=$dir/lib,workdir=$dir/work-lib" lib /var/lib
mount -t overlay -o "lowerdir=/var/log,upperdir=$dir/log,workdir=$dir/work-log" log /var/log
mount -t overlay -o "lowerdir=$sbin:/usr/sbin" sbin /usr/sbin
mkdir -p /etc/corosync # the machine's own, if it has one, must not be seen
mount --bind "$dir/corosync" /etc/corosync
mount -t tmpfs -o mode=755 run /run
[ -L /var/run ] || mount --bind /run /var/run
mkdir -p /run/lock /run/home
ip link set lo up
: > "$dir/ready"
trap 'exit 0' TERM
while :; do # a shell that waits reaps every orphan
	sleep 3600 &
	wait $! || :
done
