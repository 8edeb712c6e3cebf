using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// The address of a database cannot be understood, or asks for what its sessions do not have. The message never repeats the address, since
/// that may hold a password.
/// </summary>
public sealed class ConnectionSettingsException : PipelineException
{
    /// <summary>Makes a failure.</summary>
    /// <param name="message">Full sentences: what is wrong and what to write instead, without any value of the address.</param>
    public ConnectionSettingsException(string message)
        : base(FailureKind.Usage, message)
    {
    }
}
