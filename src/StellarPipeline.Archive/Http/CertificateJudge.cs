using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive;

/// <summary>Trusts what the platform trusts, and remembers why it did not trust a server.</summary>
internal sealed class CertificateJudge(TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<string, string> problems = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The platform's verdict, unchanged.</summary>
    public bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        string host = (sender as SslStream)?.TargetHostName ?? "";
        if (errors == SslPolicyErrors.None)
        {
            problems.TryRemove(host, out _);
            return true;
        }

        problems[host] = CertificateProblem.Describe(host, certificate as X509Certificate2, chain, errors, timeProvider.GetUtcNow());
        return false;
    }

    /// <summary>Why a server was not trusted the last time; null where it was.</summary>
    public string? ProblemOf(string host) => problems.GetValueOrDefault(host);
}
