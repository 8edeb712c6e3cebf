using StellarPipeline.Dataflow;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// The address of a database is invalid, or sessions do not have a setting that it requires. The message never repeats the address, because
/// it may contain a password.
/// </summary>
public sealed class ConnectionSettingsException : PipelineException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Full sentences: what is wrong and what to write instead, without any value of the address.</param>
    public ConnectionSettingsException(string message)
        : base(FailureKind.Usage, message)
    {
    }
}
