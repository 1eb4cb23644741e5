"""Families about the process and its machine."""

from agent_telemetry.metrics.family import Family

SYSTEM = (
    Family(
        "agent_memory_usage_bytes", "gauge",
        "Resident memory of the process, or of all live workers together.", (), "bytes",
        scraped=True,
    ),
    Family(
        "system_cpu_usage_percent", "gauge",
        "CPU use since the last scrape, of the machine or of what the container may use.", (),
        "percent", scraped=True,
    ),
    Family(
        "system_memory_usage_percent", "gauge",
        "Memory use of the machine, or of the container's limit where that is lower.", (),
        "percent", scraped=True,
    ),
    Family(
        "system_disk_usage_percent", "gauge", "Use of the disk that holds the state.", (),
        "percent", scraped=True,
    ),
    Family(
        "system_disk_read_bytes_total", "counter", "Bytes read from all disks.", (), "bytes",
        scraped=True,
    ),
    Family(
        "system_disk_written_bytes_total", "counter", "Bytes written to all disks.", (), "bytes",
        scraped=True,
    ),
    Family(
        "system_network_receive_bytes_total", "counter", "Bytes received by all interfaces.", (),
        "bytes", scraped=True,
    ),
    Family(
        "system_network_transmit_bytes_total", "counter", "Bytes sent by all interfaces.", (),
        "bytes", scraped=True,
    ),
)  # fmt: skip
