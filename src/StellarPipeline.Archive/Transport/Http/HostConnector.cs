using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Transport.Http;

/// <summary>
/// Opens the connections of one archive: tries all addresses of a name in parallel, starting with the one that worked last.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class HostConnector
{
    private readonly TimeProvider timeProvider;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve;
    private readonly Func<IPEndPoint, CancellationToken, Task<Stream>> connect;
    private readonly ConcurrentDictionary<string, IPAddress> remembered = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, IReadOnlyList<AddressTry>> pending = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes a connector.</summary>
    /// <param name="timeProvider">Clock for the head start of an address.</param>
    /// <param name="resolve">Finds the addresses of a name; null for the platform's resolver.</param>
    /// <param name="connect">Connects to an address; null for TCP.</param>
    public HostConnector(
        TimeProvider timeProvider, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null,
        Func<IPEndPoint, CancellationToken, Task<Stream>>? connect = null)
    {
        this.timeProvider = timeProvider;
        this.resolve = resolve ?? Dns.GetHostAddressesAsync;
        this.connect = connect ?? ConnectSocketAsync;
    }

    /// <summary>Connects to a server by its name.</summary>
    /// <exception cref="SocketException">The name was not found.</exception>
    /// <exception cref="NoAddressAnsweredException">No connection to any of its addresses succeeded.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint server, CancellationToken cancellationToken)
    {
        string name = FormattableString.Invariant($"{server.Host}:{server.Port}");
        pending[name] = [];
        try
        {
            IPAddress[] addresses = await resolve(server.Host, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<AddressTry> tries = AddressRace.Order(addresses, server.Port, remembered.GetValueOrDefault(server.Host));
            pending[name] = tries;
            (Stream stream, IPAddress address) = await AddressRace.RunAsync(
                tries, async (place, token) => (await connect(place, token).ConfigureAwait(false), place.Address),
                late => late.Item1.Dispose(), timeProvider, cancellationToken).ConfigureAwait(false);
            remembered[server.Host] = address;
            pending.TryRemove(name, out _);
            return stream;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The error names the addresses that were tried. For a cancelled race, the canceller reads them here.
            pending.TryRemove(name, out _);
            throw;
        }
    }

    /// <summary>The addresses being tried, or tried by a cancelled race; null if every connection succeeded.</summary>
    public string? DescribePending()
    {
        string text =
            string.Join("; ", pending.Select(
                race => race.Value.Count == 0 ? $"the addresses of {race.Key} are not yet known" : string.Join("; ", race.Value)));
        return text.Length == 0 ? null : text;
    }

    private static async Task<Stream> ConnectSocketAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
