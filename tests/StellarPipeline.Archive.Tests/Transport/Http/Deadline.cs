namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>
/// The longest time that a test of downloads may take: far more than it needs, so that a hang fails instead of blocking the run.
/// </summary>
internal static class Deadline
{
    public static CancellationToken Token => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;
}
