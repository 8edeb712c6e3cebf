using System.Net;

namespace StellarPipeline.Dataflow;

/// <summary>One address of a server, and how the connection to it went.</summary>
/// <remarks>Written by the race; any thread may read it meanwhile.</remarks>
/// <param name="address">The address.</param>
public sealed class AddressTry(IPEndPoint address)
{
    private volatile string outcome = "not tried";

    /// <summary>The address.</summary>
    public IPEndPoint Address => address;

    /// <summary>Address and outcome, such as <c>192.0.2.1:443: no answer</c>.</summary>
    public override string ToString() => $"{address}: {outcome}";

    internal void Begin() => outcome = "no answer";

    internal void Succeed() => outcome = "connected";

    internal void Fail(string problem) => outcome = problem;
}
