<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
    <context>
        <name>MapView</name>
        <message numerus="yes">
            <source>%n more the same to you</source>
            <translation>
                <numerusform>%n more the same to you</numerusform>
                <numerusform>%n more the same to you</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Market</name>
        <message numerus="yes">
            <source>Combine %n model(s).</source>
            <translation>
                <numerusform>Use one model.</numerusform>
                <numerusform>Combine %n models.</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n model(s) compared</source>
            <translation>
                <numerusform>%n model compared</numerusform>
                <numerusform>%n models compared</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n model(s)</source>
            <translation>
                <numerusform>%n model</numerusform>
                <numerusform>%n models</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n more announced, files not here yet</source>
            <translation>
                <numerusform>%n more announced, files not here yet</numerusform>
                <numerusform>%n more announced, files not here yet</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>Needs %n column(s)</source>
            <translation>
                <numerusform>Needs %n column</numerusform>
                <numerusform>Needs %n columns</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n column(s)</source>
            <translation>
                <numerusform>%n column</numerusform>
                <numerusform>%n columns</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n more the same to you</source>
            <translation>
                <numerusform>%n more the same to you</numerusform>
                <numerusform>%n more the same to you</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n more of {0} follow(s) after the others.</source>
            <translation>
                <numerusform>%n more of {0} follows after the others.</numerusform>
                <numerusform>%n more of {0} follow after the others.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>NothingView</name>
        <message numerus="yes">
            <source>Train on your own %n row(s)</source>
            <translation>
                <numerusform>Train on your own %n row</numerusform>
                <numerusform>Train on your own %n rows</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>of your %n row(s)</source>
            <translation>
                <numerusform>of your %n row</numerusform>
                <numerusform>of your %n rows</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n model(s): {0}</source>
            <translation>
                <numerusform>%n model: {0}</numerusform>
                <numerusform>%n models: {0}</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n model(s) compared with {0}.</source>
            <translation>
                <numerusform>%n model compared with {0}.</numerusform>
                <numerusform>%n models compared with {0}.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>OutboxView</name>
        <message numerus="yes">
            <source>Unbroken: all %n entry(s) verified</source>
            <translation>
                <numerusform>Unbroken: the one entry verified</numerusform>
                <numerusform>Unbroken: all %n entries verified</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>PartnersView</name>
        <message numerus="yes">
            <source>%n partner(s)</source>
            <translation>
                <numerusform>%n partner</numerusform>
                <numerusform>%n partners</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>StatusLine</name>
        <message numerus="yes">
            <source>Connected to %n hub(s)</source>
            <translation>
                <numerusform>Connected to %n hub</numerusform>
                <numerusform>Connected to %n hubs</numerusform>
            </translation>
        </message>
    </context>
</TS>
