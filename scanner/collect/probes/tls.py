"""The certificate of a TLS port."""

from collections.abc import Sequence

from scanner.collect.api import HostNet, HostView, Outcome, Probe, Stage
from scanner.collect.wire import certificate
from scanner.model import Observation, ProbeStatus


class TlsProbe:
    """A handshake and nothing more."""

    name = "tls"
    stage = Stage.PORT

    def ports(self, host: HostView) -> Sequence[int]:
        """Ports on which TLS is expected."""
        return host.ports("https", "tls")

    async def run(self, net: HostNet, port: int, host: HostView) -> Outcome:
        """Shake hands, read the certificate, hang up."""
        talk = await net.converse(port, [], complete=bool, tls=True)
        if not talk.certificate:
            ended = ProbeStatus.TLS_ERROR if talk.status is ProbeStatus.OK else talk.status
            return Outcome(ended, reason=talk.reason or "no certificate")
        found = certificate.read(talk.certificate)
        values = {
            "tls.subject": found.subject,
            "tls.issuer": found.issuer,
            "tls.sha256": found.sha256,
        }
        seen = tuple(Observation(f, v, found.sha256) for f, v in values.items() if v)
        return Outcome(talk.status, seen, talk.reason)


PROBE: Probe = TlsProbe()
