namespace StellarPipeline.Postgres.Embedded;

/// <summary>How clients reach an <see cref="EmbeddedServer"/>.</summary>
public enum EmbeddedTransport
{
    /// <summary>A unix socket; loopback TCP only on Windows, or where no folder is short enough for a socket path.</summary>
    Auto,

    /// <summary>
    /// A unix socket in a folder that only the server's operating system user (and root) can enter. No password: the folder is the lock.
    /// </summary>
    UnixSocket,

    /// <summary>TCP on 127.0.0.1 with a random free port, a generated password and SCRAM-SHA-256.</summary>
    LoopbackTcp,
}
