namespace StellarPipeline.Postgres.Embedded;

/// <summary>How clients reach an <see cref="EmbeddedServer"/>.</summary>
public enum EmbeddedTransport
{
    /// <summary>A unix socket; loopback TCP on Windows, or if the path of every possible folder is too long for a socket.</summary>
    Auto,

    /// <summary>
    /// A unix socket in a folder that only the server's operating system user and root can enter. It needs no password.
    /// </summary>
    UnixSocket,

    /// <summary>TCP on 127.0.0.1 with a random free port, a generated password and SCRAM-SHA-256.</summary>
    LoopbackTcp,
}
