using System.Net;
using System.Security.Cryptography.X509Certificates;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Http;

namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>Redirects: which are followed, and what is never sent along.</summary>
public sealed class HttpRedirectTests
{
    private static readonly byte[] Content = TestFiles.Bytes(300_000);

    [Theory]
    [InlineData(HttpStatusCode.MovedPermanently)]
    [InlineData(HttpStatusCode.Found)]
    [InlineData(HttpStatusCode.SeeOther)]
    [InlineData(HttpStatusCode.TemporaryRedirect)]
    [InlineData(HttpStatusCode.PermanentRedirect)]
    public async Task Open_RedirectToAnotherServer_IsFollowedWithoutTheSecrets(HttpStatusCode status)
    {
        await using ArchiveServer other = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        await using ArchiveServer server = await ArchiveServer.StartAsync();
        server.Always = Faults.Redirect(other.Url + TestFiles.Path + "?sig=hidden", status);
        using HttpTransport transport =
            TestFiles.Transport(server.Url.Replace("http://", "http://reader:secret@", StringComparison.Ordinal));

        Assert.Equal(Content[1000..], await transport.ReadAsync(offset: 1000));
        Assert.True(server.Requests[0].Headers.ContainsKey("Authorization"));
        Assert.False(other.Requests[0].Headers.ContainsKey("Authorization"));
        Assert.Equal(1000, other.Requests[0].From);
    }

    [Fact]
    public async Task Open_RelativeRedirect_IsFollowed()
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync("elsewhere", Content);
        server.Script(TestFiles.Path, Faults.Redirect("/archive/elsewhere"));
        using HttpTransport transport = TestFiles.Transport(server.Url);

        Assert.Equal(Content, await transport.ReadAsync());
    }

    [Theory]
    [InlineData("loop", "redirects in a loop, back to http://127.0.0.1:", 2)]
    [InlineData("chain", "redirects more than 5 times", 6)]
    [InlineData(null, "without an http or https URL to go to", 1)]
    [InlineData("ftp://127.0.0.1/file", "without an http or https URL to go to", 1)]
    public async Task Open_RedirectThatLeadsNowhere_IsRefused(string? kind, string part, int requests)
    {
        await using ArchiveServer server = await ArchiveServer.StartAsync();
        server.Always = kind switch
        {
            "loop" =>
                exchange => Faults.Redirect(exchange.Request.Path == "other" ? "/archive/" + TestFiles.Path : "/archive/other")(exchange),
            "chain" => exchange => Faults.Redirect(exchange.Request.Path + "x")(exchange),
            _ => Faults.Redirect(kind),
        };
        using HttpTransport transport = TestFiles.Transport(server.Url);

        ArchiveException error = await transport.ReadErrorAsync(kind == "chain" ? "x" : TestFiles.Path);

        Assert.Equal(TransportErrorCode.RedirectRefused, error.Code);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Equal(requests, server.Requests.Count);
    }

    [Fact]
    public async Task Open_RedirectFromSecureToInsecure_IsRefused()
    {
        using X509Certificate2 certificate = TestFiles.SelfSigned();
        await using ArchiveServer other = await ArchiveServer.StartAsync(TestFiles.Path, Content);
        await using ArchiveServer server = await ArchiveServer.StartAsync(certificate);
        server.Always = Faults.Redirect(other.Url + TestFiles.Path);
        using HttpTransport transport = TestFiles.TransportTrusting(certificate, server.Url);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(TransportErrorCode.RedirectRefused, error.Code);
        Assert.Contains("from https to http://127.0.0.1:", error.Message, StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }
}
