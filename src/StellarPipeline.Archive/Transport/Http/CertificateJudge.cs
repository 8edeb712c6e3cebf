using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>Accepts the platform's verdict on certificates, and remembers why a server was not trusted.</summary>
/// <param name="host">The archive's server, because a server that is given by its IP address has no name in TLS.</param>
/// <param name="timeProvider">Clock for the validity of certificates.</param>
internal sealed class CertificateJudge(string host, TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<string, (string Text, SslPolicyErrors Errors)> problems = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the platform's verdict, unchanged.</summary>
    public bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        string server = sender is SslStream { TargetHostName: { Length: > 0 } name } ? name : host;
        if (errors == SslPolicyErrors.None)
        {
            problems.TryRemove(server, out _);
            return true;
        }

        problems[server] =
            (CertificateProblem.Describe(server, certificate as X509Certificate2, chain, errors, timeProvider.GetUtcNow()), errors);
        return false;
    }

    /// <summary>Why a server was not trusted the last time; null if it was.</summary>
    public (string Text, SslPolicyErrors Errors)? ProblemOf(string server) =>
        problems.TryGetValue(server, out (string Text, SslPolicyErrors Errors) problem) ? problem : null;
}
